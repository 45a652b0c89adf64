/** Rebalancing in slow motion: the same change of members under the three styles, stage by stage. */
import {
  type AssignorName,
  type GroupState,
  groupScenes,
  type MemberPhase,
  newGroup,
  playRebalance,
  type RebalancePicture,
} from '../../../../src/core/groups/index.ts'
import { formatCount } from '../../../../src/core/model/index.ts'
import { groupTopics } from './group.ts'
import { codecOf, oneOf, whole } from './settings.ts'

export const rebalanceStyles = ['eager', 'cooperative', 'server'] as const
export type RebalanceStyleName = (typeof rebalanceStyles)[number]

/** One assignor for each style; eager has two that differ in what moves. */
export const styleAssignors: Readonly<Record<RebalanceStyleName, AssignorName>> = {
  eager: 'range',
  cooperative: 'cooperative-sticky',
  server: 'serverUniform',
}

export const styleLabels: Readonly<Record<RebalanceStyleName, string>> = {
  eager: 'Eager',
  cooperative: 'Cooperative',
  server: 'Server-side',
}

export interface RebalanceSettings {
  readonly partitions: number
  readonly members: number
  readonly change: 'join' | 'leave'
  /** Stage that is shown, from 0; a style that is done stays at its last. */
  readonly at: number
}

export const STAGES_MAX = 40
const TOPIC = 'orders'

export const rebalanceCodec = codecOf<RebalanceSettings>({
  partitions: whole(1, 48, 12),
  members: whole(1, 11, 3),
  change: oneOf(['join', 'leave'], 'join'),
  at: whole(0, STAGES_MAX, 0),
})

export interface RebalanceFilm {
  readonly style: RebalanceStyleName
  readonly assignor: AssignorName
  readonly pictures: readonly RebalancePicture[]
  /** Partitions without a reader, stage by stage. */
  readonly unread: readonly number[]
  readonly unreadMost: number
}

/** The film of each style. One member cannot leave: nobody would be left. */
export const rebalanceFilms = ({
  partitions,
  members,
  change,
}: RebalanceSettings): readonly RebalanceFilm[] =>
  rebalanceStyles.map(style => {
    const assignor = styleAssignors[style]
    const [start, next] = groupScenes(
      members,
      [{ kind: members === 1 ? 'join' : change, members: 1 }],
      groupTopics([{ name: TOPIC, partitions }]),
    )
    if (start === undefined || next === undefined) throw new RangeError('a change has two scenes')
    const settled: GroupState = playRebalance(assignor, newGroup, start.step).at(-1)?.group ?? newGroup
    const pictures = playRebalance(assignor, settled, next.step)
    const unread = pictures.map(picture => picture.unread)
    return { style, assignor, pictures, unread, unreadMost: Math.max(...unread) }
  })

export const stageCount = (films: readonly RebalanceFilm[]): number =>
  Math.max(...films.map(({ pictures }) => pictures.length))

export interface ReaderRow {
  readonly id: string
  readonly phase: MemberPhase
  readonly partitions: readonly { readonly partition: number; readonly fresh: boolean }[]
}

/** Members of a film at a stage, and the partitions that nobody reads then. */
export const readersAt = (
  { pictures }: RebalanceFilm,
  stage: number,
  partitions: number,
): {
  readonly rows: readonly ReaderRow[]
  readonly unread: readonly number[]
  readonly text: string
  readonly done: boolean
} => {
  const place = Math.min(stage, pictures.length - 1)
  const picture = pictures[place] as RebalancePicture
  const first = pictures[0] as RebalancePicture
  const read = new Set<number>()
  const rows = [...picture.reads].map(([id, ownership]): ReaderRow => {
    const own = [...(ownership.get(TOPIC) ?? [])]
    const had = new Set(first.reads.get(id)?.get(TOPIC))
    for (const partition of own) read.add(partition)
    return {
      id,
      phase: picture.phases.get(id) ?? 'waiting',
      partitions: own.map(partition => ({ partition, fresh: !had.has(partition) })),
    }
  })
  return {
    rows,
    unread: Array.from({ length: partitions }, (_, partition) => partition).filter(each => !read.has(each)),
    text: picture.text,
    done: place === pictures.length - 1,
  }
}

/** What the three films say together. */
export const rebalanceVerdict = (films: readonly RebalanceFilm[], partitions: number): string => {
  const most = (style: RebalanceStyleName): number =>
    films.find(film => film.style === style)?.unreadMost ?? 0
  const words = (count: number): string =>
    count === 0 ? 'none' : count === partitions ? `all ${formatCount(partitions)}` : formatCount(count)
  return `At the worst moment nobody reads ${words(most('eager'))} of ${formatCount(partitions)} partitions when eager, ${words(most('cooperative'))} when cooperative, ${words(most('server'))} when the server hands over.`
}
