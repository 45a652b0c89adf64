import { partitionCount, type TopicSpec } from '../core/model/index.ts'
import { alertConfigOf, alertContradictions, type AlertConfig } from './alerts.ts'
import { contradictions } from './contradictions.ts'
import { explainIssue, pathName } from './explain-issue.ts'
import { type FileContents, fileSection } from './file-schema.ts'
import { deepFreeze } from './frozen.ts'
import { type ConfigFlags, override } from './overrides.ts'
import { configInvalid } from './problem.ts'
import { readYaml } from './read-yaml.ts'
import type { ScenarioName } from './scenarios.ts'

/** Everything a run needs to know, checked, complete and frozen. */
export interface Config {
  /** The file it was read from, as the user named it. */
  readonly file: string
  readonly cluster: {
    readonly name: string
    /** Null: local brokers are meant. */
    readonly bootstrapServer: string | null
    /** Local brokers to start. */
    readonly brokers: number
  }
  readonly topics: readonly TopicSpec[]
  /** Null: no traffic. */
  readonly traffic: TrafficConfig | null
  readonly groups: readonly GroupConfig[]
  /** `tokenFile` and `oidc` null: nothing can be changed over HTTP. */
  readonly dashboard: {
    readonly port: number
    readonly tokenFile: string | null
    readonly oidc: OidcConfig | null
  }
  readonly history: { readonly bytesMax: number }
  readonly alerts: AlertConfig
  readonly metrics: { readonly granularity: 'partition' | 'topic' | 'group'; readonly seriesMax: number }
  readonly thresholds: ThresholdConfig
}

/** An OpenID issuer, and who of those it knows may change something. */
export interface OidcConfig {
  readonly issuer: string
  readonly audience: string
  /** A claim's name, or a JSON pointer into the claims. */
  readonly claim: string
  readonly value: string
}

export interface TrafficConfig {
  readonly scenario: ScenarioName
  readonly recordsPerSecond: number
  /** Distinct users, customers, players or devices. */
  readonly users: number
  /** Distinct content items or game sessions. */
  readonly contents: number
  readonly seed: number
  /** Share of the records by topic, 0 … 1, together 1; in the order of the scenario's roles. */
  readonly topicShares: ReadonlyMap<string, number>
}

export interface GroupConfig {
  readonly name: string
  readonly topics: readonly string[]
  readonly members: number
}

export interface ThresholdConfig {
  /** Busiest partition over the mean, beyond what chance explains. */
  readonly skewMaxOverMean: number
  readonly hotTimesMean: number
  readonly lagP99Ms: number
  readonly lagWarningMs: number
}

/**
 * The text of a `lanekeeper.yaml` → Config; flags win over the environment, the environment over the file. Throws
 * CONFIG_INVALID with every problem as `file:line:column: what is wrong, what to do`. `file` is only named, not read.
 */
export const loadConfig = (
  text: string,
  file: string,
  sources: { readonly env: Readonly<Record<string, string | undefined>>; readonly flags: ConfigFlags },
): Config => {
  const yaml = readYaml(text)
  // After a syntax error the values are guesses; judging them would bury the cause under its consequences
  if (yaml.value === null && yaml.problems.length > 0) throw configInvalid(file, yaml.problems)
  const { value, places, problems } = override(yaml.value, yaml.places, sources)
  const parsed = fileSection.safeParse(value, { reportInput: true })
  const found = [
    ...yaml.problems,
    ...problems,
    ...(parsed.success ? [] : parsed.error.issues.flatMap(issue => explainIssue(issue, places))),
    ...[...contradictions(value), ...alertContradictions(value)].map(({ path, text: problem }) => ({
      origin: places.value(path),
      text: `${pathName(path)} ${problem}`,
    })),
  ]
  if (!parsed.success || found.length > 0) throw configInvalid(file, found)
  return deepFreeze(toConfig(parsed.data, file))
}

const toConfig = (contents: FileContents, file: string): Config => ({
  file,
  cluster: {
    name: contents.cluster.name,
    bootstrapServer: contents.cluster['bootstrap-server'] ?? null,
    brokers: contents.cluster.brokers,
  },
  topics: contents.topics.map(topic => ({
    name: topic.name,
    partitions: partitionCount(topic.partitions),
    replicationFactor: topic['replication-factor'],
    configs: new Map(topic.configs),
    key: topic.key ?? null,
    ordering: topic.ordering,
  })),
  traffic:
    contents.traffic === undefined
      ? null
      : {
          scenario: contents.traffic.scenario,
          recordsPerSecond: contents.traffic['records-per-second'],
          users: contents.traffic.users,
          contents: contents.traffic.contents,
          seed: contents.traffic.seed,
          topicShares: contents.traffic.topics,
        },
  groups: contents.groups,
  dashboard: {
    port: contents.dashboard.port,
    tokenFile: contents.dashboard['token-file'] ?? null,
    oidc: contents.dashboard.oidc ?? null,
  },
  history: { bytesMax: contents.history['max-megabytes'] * 1_000_000 },
  alerts: alertConfigOf(contents.alerts),
  metrics: { granularity: contents.metrics.granularity, seriesMax: contents.metrics['max-series'] },
  thresholds: {
    skewMaxOverMean: contents.thresholds['skew-max-over-mean'],
    hotTimesMean: contents.thresholds['hot-times-mean'],
    lagP99Ms: contents.thresholds['lag-p99-ms'],
    lagWarningMs: contents.thresholds['lag-warning-ms'],
  },
})
