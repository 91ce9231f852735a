import { type ReactNode, useId } from 'react'
import './labelled.css'

interface LabelledProps {
  name: string
  /** Shown when the name is pointed at. */
  why?: string
  /** Beside each other on one line, as within a row of a list. */
  inline?: boolean
  children(id: string): ReactNode
}

/** A control under its name, outside of a form: the name is the control's own for ear and press. */
export function Labelled({ name, why, inline = false, children }: LabelledProps) {
  const id = useId()
  return (
    <span className={inline ? 'zy-labelled zy-labelled-inline' : 'zy-labelled'}>
      <label htmlFor={id} title={why}>
        {name}
      </label>
      {children(id)}
    </span>
  )
}
