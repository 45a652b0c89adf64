import { Command } from 'commander'
import { formatCount, type TopicInfo } from '../core/model/index.ts'
import { lintTopics, type TopicFinding, type TopicRule, topicRules } from '../core/topics/index.ts'
import type { Cluster } from '../ports/cluster.ts'
import { unknownTopic } from './known-topic.ts'
import { paint, print, printJson, say } from './output.ts'
import { addTargetOptions, clusterName, type TargetFlags, withCluster } from './target-options.ts'
import type { World } from './world.ts'

interface LintTopicsFlags extends TargetFlags {
  readonly internal: boolean
}

const FINDINGS = 3

/** So many topics of one rule are told in full; a mistake in a template is in hundreds of them. */
const TOPICS_SHOWN = 5

/** `lint topics`: settings and places of topics, looked at once; changes nothing. */
export const lintTopicsCommand = (world: World): Command =>
  addTargetOptions(new Command('topics'))
    .description('Check topics as they are set up: copies, racks, retention, compaction, elections, leaders.')
    .argument('[names...]', 'only these topics')
    .option('--internal', "also Kafka's own topics", false)
    .addHelpText(
      'before',
      `Examples:
  lanekeeper lint topics
  lanekeeper lint topics orders payments --bootstrap-server kafka:9092
  lanekeeper lint topics --json | jq '.findings[] | select(.severity == "critical")'

Exit code 3 when something was found.
`,
    )
    .addHelpText('after', () => `\nRules:\n${rulesText()}`)
    .action(async (names: readonly string[], flags: LintTopicsFlags) =>
      withCluster(world, flags, null, ({ cluster }) => lint(world, cluster, names, flags)),
    )

const rulesText = (): string =>
  Object.entries(topicRules)
    .map(([rule, why]) => `  ${rule.padEnd(24)} ${why}`)
    .join('\n')

const lint = async (
  { io }: World,
  cluster: Cluster,
  names: readonly string[],
  flags: LintTopicsFlags,
): Promise<void> => {
  const described = await cluster.describe({
    ...(names.length === 0 ? {} : { topics: names }),
    configs: 'in-force',
  })
  const missing = names.find(name => !described.topics.has(name))
  if (missing !== undefined) throw await unknownTopic(cluster, missing, flags)
  const wanted = (topic: TopicInfo): boolean => flags.internal || names.length > 0 || !topic.internal
  const topics = new Map([...described.topics].filter(([, topic]) => wanted(topic)))
  const snapshot = { ...described, topics }
  const { sizes, disks } = await cluster.readSizes(snapshot, [...topics.keys()])
  const findings = lintTopics({ snapshot, sizes, disks })
  if (flags.json) printJson(io, { cluster: cluster.bootstrapServer, topics: [...topics.keys()], findings })
  else show({ io }, clusterName(cluster), topics.size, findings)
  if (findings.length > 0) io.exitWith(FINDINGS)
}

const show = (
  { io }: Pick<World, 'io'>,
  where: string,
  topics: number,
  findings: readonly TopicFinding[],
): void => {
  print(io, `${formatCount(topics)} ${topics === 1 ? 'topic' : 'topics'} on ${where}`)
  if (findings.length === 0) print(io, 'Nothing found.')
  for (const [rule, found] of byRule(findings)) {
    print(io, '')
    print(io, `${paint(io, io.stdout, 'bold', rule)}: ${topicRules[rule]}`)
    for (const { severity, topic, sentence, advice } of found.slice(0, TOPICS_SHOWN)) {
      const colour = severity === 'critical' ? 'red' : 'yellow'
      print(
        io,
        `  ${paint(io, io.stdout, colour, severity)} ${topic === null ? '' : `${topic}: `}${sentence}`,
      )
      print(io, `    Do: ${advice}`)
    }
    const rest = found.slice(TOPICS_SHOWN)
    if (rest.length > 0)
      print(
        io,
        `  and ${formatCount(rest.length)} more: ${rest
          .slice(0, TOPICS_SHOWN)
          .map(each => each.topic)
          .join(', ')}${rest.length > TOPICS_SHOWN ? ' …' : ''} (--json has all)`,
      )
  }
  if (findings.length > 0)
    say(io, 'Next: declare the settings in a file (lanekeeper adopt writes one) and apply it.')
}

/** Findings come sorted by rule; the worst of a rule is told first. */
const byRule = (findings: readonly TopicFinding[]): ReadonlyMap<TopicRule, readonly TopicFinding[]> => {
  const groups = new Map<TopicRule, TopicFinding[]>()
  for (const finding of findings) {
    const group = groups.get(finding.rule)
    if (group === undefined) groups.set(finding.rule, [finding])
    else group.push(finding)
  }
  for (const group of groups.values())
    group.sort((a, b) => Number(b.severity === 'critical') - Number(a.severity === 'critical'))
  return groups
}
