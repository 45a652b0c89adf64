/** The frame of every instrument: the answer in a sentence, below it controls at the left and what they do at the right. */
import type { ReactNode } from 'react'
import { Command } from '../../parts/Command.tsx'
import { PHONE_WIDTH, useWindowWidth } from '../../parts/hooks.ts'
import { Icon, type IconName } from '../../parts/Icon.tsx'

export const Instrument = ({
  label,
  verdict,
  controls,
  pictureFirst = false,
  children,
}: {
  label: string
  verdict: ReactNode
  controls: ReactNode
  /** On a phone, where one stands below the other: what is stepped through is looked at, what is filled in is typed. */
  pictureFirst?: boolean
  children: ReactNode
}) => {
  const phone = useWindowWidth() < PHONE_WIDTH
  const parts = [
    <div className="controls" key="controls">
      {controls}
    </div>,
    <div className="stage" key="stage">
      {children}
    </div>,
  ]
  return (
    <section className="panel instrument" aria-label={label}>
      {verdict}
      {phone && pictureFirst ? parts.toReversed() : parts}
    </section>
  )
}

export type VerdictTone = 'ok' | 'warn' | 'crit' | 'info'

const VERDICT_ICONS: Readonly<Record<VerdictTone, IconName>> = {
  ok: 'ok',
  warn: 'warning',
  crit: 'act',
  info: 'info',
}

/** The answer. Said to screen readers when it changes. */
export const Verdict = ({
  tone,
  text,
  busy = false,
}: {
  tone: VerdictTone
  text: string
  busy?: boolean
}) => (
  <p className={`verdict ${tone}`} aria-live="polite" aria-busy={busy || undefined}>
    <Icon name={VERDICT_ICONS[tone]} className={tone} />
    <span>{text}</span>
  </p>
)

/** The command that prints the same figures. */
export const InTerminal = ({
  commands,
}: {
  commands: readonly { readonly does: string; readonly text: string }[]
}) => (
  <section className="panel terminal" aria-label="The same in a terminal">
    <div className="ph">
      <h2>The same in a terminal</h2>
      <span className="t3 hide-s">same code, same figures</span>
    </div>
    <ul className="pb acts">
      {commands.map(({ does, text }) => (
        <li key={text}>
          <span>{does}</span>
          <Command text={text} />
        </li>
      ))}
    </ul>
  </section>
)
