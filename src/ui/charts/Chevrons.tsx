import './chevrons.css'

interface ChevronsProps {
  /** The steps in their order; long sequences are cut, with a count of the rest. */
  steps: readonly string[]
  /** Which of the colours a step has, the same everywhere on a page. */
  colourOf(step: string): number
  moreName(count: number): string
  most?: number
}

export const chevronColours = 12

/** A sequence of steps as a strip of coloured arrows; each says its name, colour only helps the eye. */
export function Chevrons({ steps, colourOf, moreName, most = 24 }: ChevronsProps) {
  const shown = steps.slice(0, most)
  return (
    <ol className="zy-chevrons">
      {shown.map((step, index) => (
        <li key={index} className={`zy-chevron zy-chevron-${colourOf(step) % chevronColours}`} title={step}>
          {step}
        </li>
      ))}
      {steps.length > shown.length ? <li className="zy-quiet">{moreName(steps.length - shown.length)}</li> : null}
    </ol>
  )
}
