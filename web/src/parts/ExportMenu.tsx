/** What can be saved of this page. A disclosure with plain buttons: Tab walks them, Esc closes. */
import { useEffect, useRef, useState } from 'react'
import { exportKinds } from '../model/export.ts'
import { useExport } from './useExport.ts'
import { Icon } from './Icon.tsx'

export const ExportMenu = () => {
  const { run, possible } = useExport()
  const menu = useRef<HTMLDetailsElement>(null)
  const [open, setOpen] = useState(false)
  useEffect(() => {
    const away = (event: PointerEvent): void => {
      if (event.target instanceof Node && menu.current?.contains(event.target) !== true)
        menu.current?.removeAttribute('open')
    }
    addEventListener('pointerdown', away)
    return () => removeEventListener('pointerdown', away)
  }, [])
  return (
    <details
      ref={menu}
      className="menu hide-s"
      onToggle={event => setOpen(event.currentTarget.open)}
      onKeyDown={event => {
        if (event.key !== 'Escape' || menu.current?.open !== true) return
        menu.current.open = false
        menu.current.querySelector('summary')?.focus()
        event.preventDefault()
      }}
    >
      <summary className="btn">
        <Icon name="download" />
        Export
      </summary>
      <ul>
        {(open ? exportKinds : [])
          .filter(({ kind }) => possible(kind))
          .map(({ kind, label, note }) => (
            <li key={kind}>
              <button
                type="button"
                onClick={() => {
                  run(kind)
                  menu.current?.removeAttribute('open')
                }}
              >
                {label}
                <span>{note}</span>
              </button>
            </li>
          ))}
      </ul>
    </details>
  )
}
