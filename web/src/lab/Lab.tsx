/** The Lab: instruments to try a thing before it is produced. Everything is computed here, with the core's own code. */
import { type ComponentType, useEffect } from 'react'
import { type LabInstrument, labInstruments, type LabSettings } from '../../../src/api/lab.ts'
import { Link } from '../data/navigation.tsx'
import { Head } from '../pages/Head.tsx'
import { Assignment } from './instruments/Assignment.tsx'
import { Calculator } from './instruments/Calculator.tsx'
import { Offsets } from './instruments/Offsets.tsx'
import { Order } from './instruments/Order.tsx'
import { Practice } from './instruments/Practice.tsx'
import { Produce } from './instruments/Produce.tsx'
import { Rebalance } from './instruments/Rebalance.tsx'
import { Replication } from './instruments/Replication.tsx'
import { Strategies } from './instruments/Strategies.tsx'
import './pictures.css'
import './lab.css'

interface Entry {
  readonly label: string
  readonly question: string
  readonly show: ComponentType<{ readonly settings: LabSettings }>
}

const ENTRIES: Readonly<Record<LabInstrument, Entry>> = {
  produce: { label: 'Produce and hash', question: 'Where do my messages go?', show: Produce },
  strategies: {
    label: 'Strategies',
    question: 'What would spread them better, and at what price?',
    show: Strategies,
  },
  assignment: {
    label: 'Assignment',
    question: 'Who reads which partition when members come and go?',
    show: Assignment,
  },
  calculator: { label: 'Calculator', question: 'How many partitions do I need?', show: Calculator },
  order: {
    label: 'Order of a key',
    question: 'When are records read in the order in which they were written?',
    show: Order,
  },
  offsets: {
    label: 'Offsets and commits',
    question: 'What is read again after a crash, and what is skipped?',
    show: Offsets,
  },
  rebalance: {
    label: 'Rebalance, step by step',
    question: 'Who stops while a member joins?',
    show: Rebalance,
  },
  replication: {
    label: 'Replication',
    question: 'What survives when a broker or a rack is lost?',
    show: Replication,
  },
  practice: { label: 'Good practice', question: 'What keeps it in order once it runs?', show: Practice },
}

export const Lab = ({ instrument, settings }: { instrument: LabInstrument; settings: LabSettings }) => {
  const { show: Shown, question } = ENTRIES[instrument]
  useEffect(() => {
    // on a phone the tabs scroll: the one that is open must be in sight
    document.querySelector('.lab-tabs [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [instrument])
  return (
    <>
      <Head
        title={question}
        sub={
          instrument === 'practice'
            ? 'Rules with their reasons, and the command that shows whether each of them holds.'
            : 'Try it before you produce it. Runs in this page with the same code as the command line; nothing is sent to the cluster.'
        }
      />
      <nav className="lab-tabs" aria-label="Instruments">
        {labInstruments.map(name => (
          <Link key={name} to={{ name: 'lab', instrument: name, settings: {} }} current={name === instrument}>
            {ENTRIES[name].label}
          </Link>
        ))}
      </nav>
      <Shown settings={settings} />
    </>
  )
}
