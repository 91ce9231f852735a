import { Drawer } from 'antd'
import type { ReactNode } from 'react'
import { useLanguage } from './i18n.ts'
import { texts } from './texts.ts'

interface DetailDrawerProps {
  title: ReactNode
  open: boolean
  onClose(): void
  children: ReactNode
  width?: number
}

/** The third and last level: page, panel, drawer. The focus goes in and comes back; Escape closes. */
export function DetailDrawer({ title, open, onClose, children, width = 720 }: DetailDrawerProps) {
  const { t } = useLanguage()
  return (
    <Drawer
      title={title}
      open={open}
      onClose={onClose}
      size={`min(${width}px, 100vw)`}
      destroyOnHidden
      closable={{ 'aria-label': t(texts.close) }}
    >
      {children}
    </Drawer>
  )
}
