/**
 * Acknowledge, silence, resume: buttons where this tab carries the server's token, the command that does the same
 * where it does not.
 */
import { useEffect, useRef, useState } from 'react'
import type { AlertGroup } from '../../../src/api/alerts.ts'
import { sendChange, useToken } from '../data/access.ts'
import { urlOption } from '../model/commands.ts'
import { Command } from './Command.tsx'

const SPANS = [
  { minutes: 30, label: '30 minutes' },
  { minutes: 120, label: '2 hours' },
  { minutes: 480, label: '8 hours' },
  { minutes: 1440, label: 'a day' },
  { minutes: 10_080, label: 'a week' },
] as const

export const AlertActions = ({ group, onActed }: { group: AlertGroup; onActed: () => void }) => {
  const token = useToken()
  const [asking, setAsking] = useState(false)
  const [problem, setProblem] = useState<string>()
  const act = async (method: 'POST' | 'DELETE', path: string, body?: object): Promise<void> => {
    setProblem(await sendChange(method, path, body))
    onActed()
  }
  const silence = group.alerts.find(alert => alert.silence !== null)?.silence ?? null
  if (token === undefined)
    return (
      <Command
        text={
          silence === null
            ? `npx lanekeeper alerts silence ${group.rule} --for 2h --token-file FILE${urlOption(location.origin)}`
            : `npx lanekeeper alerts unsilence ${silence.id} --token-file FILE${urlOption(location.origin)}`
        }
      />
    )
  return (
    <span className="act">
      {group.state === 'firing' ? (
        <button
          type="button"
          className="btn"
          onClick={() => void act('POST', '/alerts/ack', { rule: group.rule })}
        >
          Acknowledge
        </button>
      ) : null}
      {silence === null ? (
        <button type="button" className="btn" onClick={() => setAsking(true)}>
          Silence
        </button>
      ) : (
        <button
          type="button"
          className="btn"
          onClick={() => void act('DELETE', `/alerts/silences/${encodeURIComponent(silence.id)}`)}
        >
          Resume
        </button>
      )}
      {problem === undefined ? null : (
        <span className="warn" role="alert">
          {problem}
        </span>
      )}
      {asking ? (
        <SilenceDialog
          group={group}
          onDone={(minutes, reason) => {
            setAsking(false)
            if (minutes !== undefined)
              void act('POST', '/alerts/silences', { rule: group.rule, minutes, reason })
          }}
        />
      ) : null}
    </span>
  )
}

/** For how long, and why: the next person on duty reads the reason. */
const SilenceDialog = ({
  group,
  onDone,
}: {
  group: AlertGroup
  /** undefined: nothing is silenced. */
  onDone: (minutes: number | undefined, reason: string) => void
}) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const [minutes, setMinutes] = useState<number>(SPANS[1].minutes)
  const [reason, setReason] = useState('')
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  return (
    <dialog
      ref={dialog}
      className="ask"
      aria-labelledby="silence-title"
      onCancel={() => onDone(undefined, '')}
    >
      <form
        onSubmit={event => {
          event.preventDefault()
          onDone(minutes, reason)
        }}
      >
        <h2 id="silence-title">Silence {group.rule}</h2>
        <p className="t2">
          Nobody is told until it ends. The alert stays on this page, and its history goes on.
        </p>
        <label>
          For
          <select className="btn" value={minutes} onChange={event => setMinutes(Number(event.target.value))}>
            {SPANS.map(span => (
              <option key={span.minutes} value={span.minutes}>
                {span.label}
              </option>
            ))}
          </select>
        </label>
        <label>
          Why
          <input
            type="text"
            value={reason}
            maxLength={500}
            placeholder="replay paused on purpose"
            onChange={event => setReason(event.target.value)}
          />
        </label>
        <div className="choose">
          <button type="button" className="btn" onClick={() => onDone(undefined, '')}>
            Cancel
          </button>
          <button type="submit" className="btn ink">
            Silence
          </button>
        </div>
      </form>
    </dialog>
  )
}
