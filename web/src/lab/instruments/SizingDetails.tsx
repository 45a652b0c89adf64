/** Below the calculator: counts near the recommended one, and what does not fit. */
import type { SizingReport } from '../../../../src/core/sizing/index.ts'
import { bytes, count, share, times } from '../../model/text.ts'
import { Icon } from '../../parts/Icon.tsx'
import { TableBox } from '../../parts/TableBox.tsx'

export const SizingDetails = ({ report }: { report: SizingReport }) => (
  <div className="cols two">
    <section className="panel" aria-label="Topics">
      <div className="ph">
        <h2>Topics</h2>
        <span className="t3">and counts near it</span>
      </div>
      {report.topics.map(topic => (
        <div className="pb" key={topic.name}>
          <p>
            <b>{topic.name}</b>, {count(topic.partitions)} partitions: {topic.keyStrategy}. Mean partition
            busy {share(topic.utilisation)}
            {topic.keys[0] === undefined ? '' : `, fullest ${times(topic.keys[0].maxOverMean)} of it`}.
          </p>
          <TableBox>
            <table className="cards figured choices">
              <thead>
                <tr>
                  <th>Partitions</th>
                  <th className="r">Divisors</th>
                  <th>What it is like</th>
                </tr>
              </thead>
              <tbody>
                {topic.choices.map(choice => (
                  <tr
                    key={choice.partitions}
                    aria-selected={choice.partitions === topic.partitions || undefined}
                  >
                    <td data-label="Partitions">{count(choice.partitions)}</td>
                    <td className="r" data-label="Divisors">
                      {choice.divisors}
                    </td>
                    <td className="price t2">{choice.why}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableBox>
        </div>
      ))}
    </section>
    <section className="panel" aria-label="Risks">
      <div className="ph">
        <h2>Risks</h2>
        <span className="t3">worst first, each with what to do</span>
      </div>
      <ul className="pb risks">
        {report.risks.map(({ level, text, advice }) => (
          <li key={text}>
            <Icon
              name={level === 'blocker' ? 'act' : level === 'warning' ? 'warning' : 'info'}
              className={level === 'blocker' ? 'crit' : level === 'warning' ? 'warn' : 'info'}
            />
            <p>
              <span className="vh">{level}: </span>
              {sentence(text)} <span className="t2">{sentence(advice)}</span>
            </p>
          </li>
        ))}
        {report.risks.length === 0 ? <li className="t2">None that these figures show.</li> : null}
      </ul>
      <div className="pb">
        <dl className="kv ruled">
          <dt>Disk a broker, {count(report.brokers.retentionHours)} h</dt>
          <dd>{bytes(report.brokers.diskBytesPerBroker)}</dd>
          <dt>Memory for replicas</dt>
          <dd>{bytes(report.brokers.residentBytesPerBroker)}</dd>
          <dt>File handles, memory maps</dt>
          <dd>
            {count(report.brokers.fileHandlesPerBroker)}, {count(report.brokers.memoryMapsPerBroker)}
          </dd>
        </dl>
      </div>
    </section>
  </div>
)

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
