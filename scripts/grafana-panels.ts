/**
 * The Grafana dashboard as data: one row of panels for each question that the overview of the page answers. Only
 * metrics that do not need a series per partition, but for the last row, so that it works with every granularity.
 */
interface Panel {
  readonly title: string
  readonly unit: string
  readonly kind: 'timeseries' | 'stat' | 'table' | 'bargauge'
  readonly width: number
  readonly targets: readonly { readonly expr: string; readonly legend: string }[]
  readonly description?: string
}

const target = (expr: string, legend: string) => ({ expr, legend })

const rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[] = [
  {
    title: 'Is anything wrong',
    panels: [
      {
        title: 'Cluster is seen',
        unit: 'bool_yes_no',
        kind: 'stat',
        width: 4,
        targets: [target('lanekeeper_cluster_up', '')],
      },
      {
        title: 'Age of the figures',
        unit: 's',
        kind: 'stat',
        width: 4,
        targets: [target('lanekeeper_observation_age_seconds', '')],
        description: 'Everything else on this page is as old as this.',
      },
      {
        title: 'Findings',
        unit: 'short',
        kind: 'stat',
        width: 8,
        targets: [target('lanekeeper_findings', '{{severity}}')],
      },
      {
        title: 'Alerts firing',
        unit: 'short',
        kind: 'timeseries',
        width: 8,
        targets: [target('lanekeeper_alerts_firing > 0', '{{rule}}')],
      },
    ],
  },
  {
    title: 'Topics',
    panels: [
      {
        title: 'Records in',
        unit: 'cps',
        kind: 'timeseries',
        width: 8,
        targets: [target('lanekeeper_topic_records_per_second{topic=~"$topic"}', '{{topic}}')],
      },
      {
        title: 'Bytes in',
        unit: 'Bps',
        kind: 'timeseries',
        width: 8,
        targets: [target('lanekeeper_topic_bytes_per_second{topic=~"$topic"}', '{{topic}}')],
      },
      {
        title: 'Skew, and what chance alone would give',
        unit: 'none',
        kind: 'timeseries',
        width: 8,
        targets: [
          target('lanekeeper_topic_skew_ratio{topic=~"$topic"}', '{{topic}}'),
          target('lanekeeper_topic_skew_by_chance_ratio{topic=~"$topic"}', '{{topic}}, by chance'),
        ],
        description: 'Busiest partition over the mean. A value below the one by chance says nothing.',
      },
      {
        title: 'Under-replicated and leaderless partitions',
        unit: 'short',
        kind: 'timeseries',
        width: 12,
        targets: [
          target('sum(lanekeeper_topic_under_replicated_partitions)', 'under-replicated'),
          target('sum(lanekeeper_topic_leaderless_partitions)', 'no leader'),
        ],
      },
      {
        title: 'Size',
        unit: 'bytes',
        kind: 'timeseries',
        width: 12,
        targets: [target('lanekeeper_topic_size_bytes{topic=~"$topic"}', '{{topic}}')],
      },
    ],
  },
  {
    title: 'Groups',
    panels: [
      {
        title: 'Lag in time',
        unit: 's',
        kind: 'timeseries',
        width: 8,
        targets: [target('lanekeeper_group_lag_seconds_max{consumergroup=~"$group"}', '{{consumergroup}}')],
      },
      {
        title: 'Lag in records',
        unit: 'short',
        kind: 'timeseries',
        width: 8,
        targets: [target('lanekeeper_group_lag_records{consumergroup=~"$group"}', '{{consumergroup}}')],
      },
      {
        title: 'Processed',
        unit: 'cps',
        kind: 'timeseries',
        width: 8,
        targets: [
          target('lanekeeper_group_processed_per_second{consumergroup=~"$group"}', '{{consumergroup}}'),
        ],
      },
      {
        title: 'Verdicts other than ok',
        unit: 'short',
        kind: 'table',
        width: 12,
        targets: [target('lanekeeper_group_verdict{verdict!="ok"} == 1', '{{consumergroup}}: {{verdict}}')],
      },
      {
        title: 'Members',
        unit: 'short',
        kind: 'timeseries',
        width: 12,
        targets: [
          target('kafka_consumergroup_members{consumergroup=~"$group"}', '{{consumergroup}}'),
          target('lanekeeper_group_idle_members{consumergroup=~"$group"}', '{{consumergroup}}, idle'),
        ],
      },
    ],
  },
  {
    title: 'Brokers',
    panels: [
      {
        title: 'Records in by leader',
        unit: 'cps',
        kind: 'timeseries',
        width: 8,
        targets: [target('lanekeeper_broker_records_per_second', 'broker {{broker}}')],
      },
      {
        title: 'Leaders',
        unit: 'short',
        kind: 'timeseries',
        width: 8,
        targets: [target('lanekeeper_broker_leaders', 'broker {{broker}}')],
      },
      {
        title: 'Disk used',
        unit: 'percentunit',
        kind: 'timeseries',
        width: 8,
        targets: [
          target(
            '1 - lanekeeper_broker_disk_usable_bytes / lanekeeper_broker_disk_total_bytes',
            'broker {{broker}}',
          ),
        ],
      },
    ],
  },
  {
    title: 'Partitions (needs granularity partition)',
    panels: [
      {
        title: 'Hottest partitions',
        unit: 'cps',
        kind: 'bargauge',
        width: 12,
        targets: [
          target(
            'topk(10, lanekeeper_partition_records_per_second{topic=~"$topic"})',
            '{{topic}}-{{partition}}',
          ),
        ],
      },
      {
        title: 'Partitions furthest behind',
        unit: 's',
        kind: 'bargauge',
        width: 12,
        targets: [
          target(
            'topk(10, lanekeeper_group_lag_seconds{consumergroup=~"$group"})',
            '{{consumergroup}} on {{topic}}-{{partition}}',
          ),
        ],
      },
    ],
  },
]

const PANEL_HEIGHT = 8
const GRID_WIDTH = 24
const datasource = { type: 'prometheus', uid: '${datasource}' }

const variable = (name: string, query: string) => ({
  name,
  type: 'query',
  datasource,
  query: { query, refId: name },
  definition: query,
  includeAll: true,
  multi: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
  refresh: 2,
  sort: 1,
})

const panels = (): readonly object[] => {
  const all: object[] = []
  let y = 0
  for (const row of rows) {
    all.push({
      id: all.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y: y++, w: GRID_WIDTH, h: 1 },
    })
    let x = 0
    for (const panel of row.panels) {
      if (x + panel.width > GRID_WIDTH) {
        x = 0
        y += PANEL_HEIGHT
      }
      all.push({
        id: all.length + 1,
        type: panel.kind,
        title: panel.title,
        ...(panel.description === undefined ? {} : { description: panel.description }),
        datasource,
        gridPos: { x, y, w: panel.width, h: PANEL_HEIGHT },
        fieldConfig: { defaults: { unit: panel.unit, min: 0 }, overrides: [] },
        targets: panel.targets.map(({ expr, legend }, index) => ({
          refId: String.fromCharCode(65 + index),
          datasource,
          expr,
          legendFormat: legend,
          ...(panel.kind === 'timeseries' ? {} : { instant: true }),
        })),
      })
      x += panel.width
    }
    y += PANEL_HEIGHT
  }
  return all
}

export const grafanaDashboard = (): object => ({
  title: 'Lanekeeper',
  uid: 'lanekeeper',
  description: 'Kafka topics by partition, consumer groups and brokers, as Lanekeeper sees them.',
  tags: ['kafka', 'lanekeeper'],
  timezone: 'utc',
  editable: true,
  schemaVersion: 39,
  version: 1,
  refresh: '10s',
  time: { from: 'now-1h', to: 'now' },
  templating: {
    list: [
      { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus', current: {} },
      variable('topic', 'label_values(kafka_topic_partitions, topic)'),
      variable('group', 'label_values(kafka_consumergroup_members, consumergroup)'),
    ],
  },
  annotations: { list: [] },
  panels: panels(),
})

export const grafanaDashboardText = (): string => `${JSON.stringify(grafanaDashboard(), null, 2)}\n`
