import { Command } from 'commander'
import { resetOffsets, type ResetFlags } from './offsets/reset.ts'
import { showOffsets, type ShowFlags } from './offsets/show.ts'
import { addTargetOptions, withCluster } from './target-options.ts'
import type { World } from './world.ts'

/** `offsets show G`, `offsets reset G`: where a group stands, and moving it, under the flags of Kafka's own tool. */
export const offsetsCommand = (world: World): Command => {
  const show = addTargetOptions(new Command('show'))
    .description('Where a group stands in each partition.')
    .argument('<group>', 'group id')
    .option('--csv', 'topic,partition,offset: what `reset --from-file` reads', false)
    .action(async (group: string, flags: ShowFlags) =>
      withCluster(world, flags, null, ({ cluster }) => showOffsets(world, cluster, group, flags)),
    )

  const reset = addTargetOptions(new Command('reset'))
    .description('Move a group that has no members: shows the plan, asks, does it, looks again.')
    .argument('<group>', 'group id')
    .option(
      '--topic <topic[:p,…]>',
      'only this topic, or some of its partitions; can be repeated',
      collect,
      [],
    )
    .option('--to-earliest', 'to the start of each log', false)
    .option('--to-latest', 'to the end of each log', false)
    .option('--to-datetime <time>', 'to the first record at or after: 2026-01-31T12:00:00Z, or 15m ago')
    .option('--to-offset <n>', 'to this offset')
    .option('--shift-by <n>', 'forward, or back with a negative number')
    .option('--from-file <file>', 'lines of topic,partition,offset')
    .option('--dry-run', 'only show the plan; exit code 3 if anything would move', false)
    .option('-y, --yes', 'do not ask', false)
    .addHelpText(
      'before',
      `Examples:
  lanekeeper offsets reset billing --to-earliest --dry-run
  lanekeeper offsets reset billing --topic orders:0,1 --to-datetime 2h --yes
  lanekeeper offsets reset billing --shift-by -100
  lanekeeper offsets show billing --csv > before.csv; lanekeeper offsets reset billing --from-file before.csv
`,
    )
    .action(async (group: string, flags: ResetFlags) =>
      withCluster(world, flags, null, connection => resetOffsets(world, connection, group, flags)),
    )

  return new Command('offsets')
    .description('Where a group stands, and moving it.')
    .addHelpText(
      'before',
      `Examples:
  lanekeeper offsets show billing --bootstrap-server kafka:9092
  lanekeeper offsets reset billing --to-earliest --dry-run
`,
    )
    .addCommand(show)
    .addCommand(reset)
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]
