/** What `apply` would change now: the difference, its cost, what is refused and why. Nothing is changed from here. */
import type { PlanView } from '../../../src/api/plan.ts'
import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import { useLive } from '../data/context.tsx'
import { Link } from '../data/navigation.tsx'
import { useResource } from '../data/resource.ts'
import { isCurrent } from '../model/connection.ts'
import { type PlanRow, planFigures, planHeadline, planRows } from '../model/plan.ts'
import { settingWords } from '../model/text.ts'
import { Command } from '../parts/Command.tsx'
import { Figures } from '../parts/Figures.tsx'
import { Icon } from '../parts/Icon.tsx'
import { TableBox } from '../parts/TableBox.tsx'
import { Head } from './Head.tsx'
import { Trouble } from './states.tsx'

const PLAN_EVERY_MS = 5_000

export const Plans = ({ tick }: { tick: Tick }) => {
  const { belief } = useLive()
  const current = isCurrent(belief)
  const resource = useResource<PlanView>('/plan', PLAN_EVERY_MS)
  const plan = resource.state === 'ready' ? resource.body : undefined
  const { title, sub } = planHeadline(plan, current)
  return (
    <>
      <Head title={title} sub={sub} />
      <Trouble />
      {plan === undefined ? (
        <section className="panel" aria-label="Plan" aria-busy="true">
          <div className="pb">
            <div className="blank-rows" />
          </div>
        </section>
      ) : plan.file === null ? (
        <NoFile health={tick.health} />
      ) : !plan.compared ? null : (
        <div className={current ? 'stack' : 'stack stale'}>
          <Figures alone figures={planFigures(plan)} />
          {plan.refusals.length === 0 ? null : <Refusals plan={plan} />}
          <div className="cols with-side">
            <Difference rows={planRows(plan)} unchanged={plan.unchanged} />
            <Terminal plan={plan} />
          </div>
        </div>
      )}
    </>
  )
}

const NoFile = ({ health }: { health: Tick['health'] }) => (
  <section className="panel" aria-label="Plan">
    <div className="pb">
      <p className="t2">
        A plan is the difference between a file of declared topics and the cluster. This server was started
        without one.{' '}
        {health.simulated ? 'Start with one:' : 'Write it from what is there, and start with it:'}
      </p>
      {health.simulated ? (
        <Command text="npx lanekeeper serve examples/streamsocial/lanekeeper.yaml --simulated" />
      ) : (
        <>
          <Command
            text={`npx lanekeeper adopt --bootstrap-server ${health.bootstrapServer} > lanekeeper.yaml`}
          />
          <Command
            text={`npx lanekeeper serve lanekeeper.yaml --bootstrap-server ${health.bootstrapServer}`}
          />
        </>
      )}
    </div>
  </section>
)

const Refusals = ({ plan }: { plan: PlanView }) => (
  <section className="panel" aria-label="Refused">
    <ul className="finds refused">
      {plan.refusals.map(refusal => (
        <li key={`${refusal.topic} ${refusal.code}`}>
          <Icon name="act" className="crit" />
          <p className="s">
            <Link to={{ name: 'topic', topic: refusal.topic }}>{refusal.topic}</Link>
            {afterSubject(refusal)}
          </p>
          <p className="w">{refusal.fix}</p>
          <div className="since mono">{refusal.code}</div>
        </li>
      ))}
    </ul>
  </section>
)

/** Most messages begin with the topic, which stands there as a link already. */
const afterSubject = ({ topic, message }: PlanView['refusals'][number]): string =>
  message.startsWith(`${topic} `) ? message.slice(topic.length) : `: ${message}`

const Difference = ({ rows, unchanged }: { rows: readonly PlanRow[]; unchanged: readonly string[] }) => (
  <section className="panel" aria-label="What changes">
    <div className="ph">
      <h2>What changes</h2>
      <span className="t3">
        {rows.length === 0
          ? 'nothing'
          : 'orange: as it is, teal: as declared; what the file does not name is left alone'}
      </span>
    </div>
    {rows.length === 0 ? (
      <p className="pb t2">{unchanged.join(', ')}</p>
    ) : (
      <TableBox>
        <table className="cards differences">
          <thead>
            <tr>
              <th>Topic</th>
              <th>Setting</th>
              <th>Now</th>
              <th>Then</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(row => (
              <tr key={`${row.topic} ${row.property}`}>
                <td>
                  {row.first ? (
                    row.exists ? (
                      <Link to={{ name: 'topic', topic: row.topic }}>{row.topic}</Link>
                    ) : (
                      <b>{row.topic}</b>
                    )
                  ) : null}
                </td>
                <td className="mono">{row.property}</td>
                <td>
                  {row.actual === null ? (
                    <span className="t3">{row.absent}</span>
                  ) : (
                    <>
                      <del>{row.actual}</del>{' '}
                      <span className="t3">{settingWords(row.property, row.actual)}</span>
                    </>
                  )}
                </td>
                <td>
                  <ins>{row.declared}</ins>{' '}
                  <span className="t3">
                    {settingWords(row.property, row.declared)}
                    {row.refused ? 'refused' : null}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    )}
  </section>
)

const Terminal = ({ plan }: { plan: PlanView }) => (
  <section className="panel" aria-label="In a terminal">
    <div className="ph">
      <h2>In a terminal</h2>
      <span className="t3">this page only reads</span>
    </div>
    <div className="pb stack">
      {plan.steps.length === 0 ? null : (
        <ol className="steps">
          {plan.steps.map(step => (
            <li key={step.id}>{step.text}</li>
          ))}
        </ol>
      )}
      {plan.planCommand === null ? null : <Command text={plan.planCommand} />}
      {plan.applyCommand === null || plan.steps.length === 0 ? null : (
        <>
          <p className="t2">
            The same, done: it shows the difference again, asks, writes each step to a journal, and can be run
            again after an interruption.
          </p>
          <Command text={plan.applyCommand} />
        </>
      )}
    </div>
  </section>
)
