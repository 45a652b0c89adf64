/**
 * What a screen reader hears without asking: new and gone findings, and the line being lost or back. One polite region,
 * one message in ten seconds at most: a cluster that flaps must not talk over its reader.
 */
import { useEffect, useRef, useState } from 'react'
import { useLive } from '../data/context.tsx'
import { headlineOf } from '../model/headline.ts'
import { findingsWorstFirst } from '../model/order.ts'
import { counted } from '../model/text.ts'
import { sentenceText } from '../parts/Findings.tsx'

const PAUSE_MS = 10_000

export const Announcer = () => {
  const { tick, belief, now } = useLive()
  const [message, setMessage] = useState('')
  const said = useRef<{ ids: ReadonlySet<string>; belief: string; at: number }>(undefined)
  useEffect(() => {
    if (tick === undefined && belief.kind !== 'lost') return
    const findings = tick?.findings ?? []
    const ids = new Set(findings.map(finding => finding.id))
    const before = said.current
    if (before === undefined) {
      said.current = { ids, belief: belief.kind, at: Number.NEGATIVE_INFINITY }
      return
    }
    if (performance.now() - before.at < PAUSE_MS) return
    const fresh = findingsWorstFirst(findings.filter(finding => !before.ids.has(finding.id)))
    const gone = [...before.ids].filter(id => !ids.has(id)).length
    const parts = [
      before.belief === belief.kind ? '' : headlineOf(belief, tick, now).title,
      fresh[0] === undefined ? '' : `${counted(fresh.length, 'new finding')}: ${sentenceText(fresh[0])}`,
      gone === 0 ? '' : `${counted(gone, 'finding')} cleared.`,
    ].filter(part => part !== '')
    if (parts.length === 0) return
    said.current = { ids, belief: belief.kind, at: performance.now() }
    setMessage(parts.join(' '))
  }, [tick, belief, now])
  return (
    <div className="vh" role="status" aria-live="polite">
      {message}
    </div>
  )
}
