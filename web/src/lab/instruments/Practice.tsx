/** Good practice: each rule with its reason and with the command that shows whether it holds. */
import { useLive } from '../../data/context.tsx'
import { Command } from '../../parts/Command.tsx'
import { practices } from '../model/practice.ts'

/** Where nothing is watched, the commands still run as they stand on a cluster of one's own machine. */
const LOCAL = 'localhost:9092'

export const Practice = () => {
  const { tick } = useLive()
  const server = tick === undefined || tick.health.simulated ? LOCAL : tick.health.bootstrapServer
  return (
    <div className="practices">
      {practices(server).map(({ id, rule, why, figures, commands }) => (
        <section className="panel practice" key={id} aria-label={rule}>
          <h2>{rule}</h2>
          <p className="t2">{why}</p>
          <ul className="practice-figures">
            {figures.map(figure => (
              <li key={figure}>{figure}</li>
            ))}
          </ul>
          <ul className="acts">
            {commands.map(({ does, text }) => (
              <li key={text}>
                <span>{does}</span>
                <Command text={text} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  )
}
