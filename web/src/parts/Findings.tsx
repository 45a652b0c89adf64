/**
 * Findings as sentences: subject, figure, cause; below it the cure and its price. While nothing is seen they are said
 * in the past, without colour: neither confirmed nor cleared.
 */
import type { Finding } from '../../../src/api/contract.ts'
import { Link, useNavigation } from '../data/navigation.tsx'
import { useResource } from '../data/resource.ts'
import { findingCurve } from '../model/finding-curve.ts'
import { findingsWorstFirst } from '../model/order.ts'
import { ago, clock, counted, minute } from '../model/text.ts'
import { Command } from './Command.tsx'
import { useWindowHeight } from './hooks.ts'
import { Icon } from './Icon.tsx'
import { Spark } from './Spark.tsx'

/** On a low screen two, so that the map below is still whole on it. */
const LOW_SCREEN = 880
const SHOWN_AT_FIRST = 4
const SHOWN_AT_FIRST_LOW = 2

const TONE = { act: 'crit', warning: 'warn', info: 'info' } as const

export const Findings = ({
  findings,
  now,
  current,
  observedAt,
}: {
  findings: readonly Finding[]
  now: string
  current: boolean
  observedAt: string | null
}) => {
  const { route, look } = useNavigation()
  const all = route.view.findings === 'all'
  const low = useWindowHeight() < LOW_SCREEN
  // while nothing is seen, the head of the page says so, and since when
  const told = current ? findings : findings.filter(finding => finding.kind !== 'cluster-unreachable')
  if (told.length === 0) return null
  const ordered = findingsWorstFirst(told)
  const few = low || !current ? SHOWN_AT_FIRST_LOW : SHOWN_AT_FIRST
  const shown = all ? ordered : ordered.slice(0, few)
  return (
    <section className="panel" aria-label="Findings">
      <ul className="finds">
        {shown.map(finding => (
          <li key={finding.id}>
            <Icon name={finding.severity} className={current ? TONE[finding.severity] : 't3'} />
            <p className={current ? 's' : 's t2'}>
              {current ? null : 'When last seen: '}
              <Sentence finding={finding} />
            </p>
            <p className="w">
              {current
                ? finding.cure
                : `Not confirmed since ${observedAt === null ? 'the start' : clock(observedAt)}: neither cleared nor worse, as far as is known.`}
            </p>
            <div className="since">
              <PastOf finding={finding} tone={current ? TONE[finding.severity] : ''} />
              since <time dateTime={finding.since}>{minute(finding.since)}</time>,{' '}
              <span className="nw">{ago(finding.since, now)}</span>
            </div>
            {finding.command === null ? null : (
              <div className="go">
                <Command text={finding.command} />
              </div>
            )}
          </li>
        ))}
      </ul>
      {ordered.length > few ? (
        <button
          type="button"
          className="more"
          aria-expanded={all}
          onClick={() => look({ findings: all ? undefined : 'all' })}
        >
          {all ? `Show the worst ${few}` : `Show ${counted(ordered.length - few, 'more finding')}`}
        </button>
      ) : null}
    </section>
  )
}

const CURVE_EVERY_MS = 15_000
const CURVE = { width: 112, height: 20 }

/** The figure that the sentence names, over the last hour; nothing where none is kept. */
const PastOf = ({ finding, tone }: { finding: Finding; tone: string }) => {
  const curve = findingCurve(finding)
  const answer = useResource<unknown>(curve?.path, CURVE_EVERY_MS)
  if (curve === undefined || answer.state === 'absent') return null
  const values = answer.state === 'ready' ? curve.valuesOf(answer.body) : []
  return <Spark values={values} {...CURVE} tone={tone} ended />
}

const Sentence = ({ finding }: { finding: Finding }) =>
  finding.sentence.map((part, index) => {
    const key = `${index} ${part.text}`
    switch (part.mark) {
      case 'plain':
        return <span key={key}>{part.text}</span>
      case 'strong':
        return <b key={key}>{part.text}</b>
      case 'code':
        return (
          <span key={key} className="mono nw">
            {part.text}
          </span>
        )
      case 'link':
        return (
          <Link key={key} to={part.href ?? '/'}>
            {part.text}
          </Link>
        )
    }
  })

/** The same sentence as one string, for the live region and the title. */
export const sentenceText = (finding: Finding): string => finding.sentence.map(part => part.text).join('')
