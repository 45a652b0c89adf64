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

const showing = (
  kind: Panel['kind'],
  facts: Omit<Panel, 'kind' | 'targets'>,
  ...targets: Panel['targets']
): Panel => ({ ...facts, kind, targets })

const rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[] = [
  {
    title: 'Is anything wrong',
    panels: [
      showing(
        'stat',
        { title: 'Cluster is seen', unit: 'bool_yes_no', width: 4 },
        target('lanekeeper_cluster_up', ''),
      ),
      showing(
        'stat',
        {
          title: 'Age of the figures',
          unit: 's',
          width: 4,
          description: 'Everything else on this page is as old as this.',
        },
        target('lanekeeper_observation_age_seconds', ''),
      ),
      showing(
        'stat',
        { title: 'Findings', unit: 'short', width: 8 },
        target('lanekeeper_findings', '{{severity}}'),
      ),
      showing(
        'timeseries',
        { title: 'Alerts firing', unit: 'short', width: 8 },
        target('lanekeeper_alerts_firing > 0', '{{rule}}'),
      ),
    ],
  },
  {
    title: 'Topics',
    panels: [
      showing(
        'timeseries',
        { title: 'Records in', unit: 'cps', width: 8 },
        target('lanekeeper_topic_records_per_second{topic=~"$topic"}', '{{topic}}'),
      ),
      showing(
        'timeseries',
        { title: 'Bytes in', unit: 'Bps', width: 8 },
        target('lanekeeper_topic_bytes_per_second{topic=~"$topic"}', '{{topic}}'),
      ),
      showing(
        'timeseries',
        {
          title: 'Skew, and what chance alone would give',
          unit: 'none',
          width: 8,
          description: 'Busiest partition over the mean. A value below the one by chance says nothing.',
        },
        target('lanekeeper_topic_skew_ratio{topic=~"$topic"}', '{{topic}}'),
        target('lanekeeper_topic_skew_by_chance_ratio{topic=~"$topic"}', '{{topic}}, by chance'),
      ),
      showing(
        'timeseries',
        { title: 'Under-replicated and leaderless partitions', unit: 'short', width: 12 },
        target('sum(lanekeeper_topic_under_replicated_partitions)', 'under-replicated'),
        target('sum(lanekeeper_topic_leaderless_partitions)', 'no leader'),
      ),
      showing(
        'timeseries',
        { title: 'Size', unit: 'bytes', width: 12 },
        target('lanekeeper_topic_size_bytes{topic=~"$topic"}', '{{topic}}'),
      ),
    ],
  },
  {
    title: 'Groups',
    panels: [
      showing(
        'timeseries',
        { title: 'Lag in time', unit: 's', width: 8 },
        target('lanekeeper_group_lag_seconds_max{consumergroup=~"$group"}', '{{consumergroup}}'),
      ),
      showing(
        'timeseries',
        { title: 'Lag in records', unit: 'short', width: 8 },
        target('lanekeeper_group_lag_records{consumergroup=~"$group"}', '{{consumergroup}}'),
      ),
      showing(
        'timeseries',
        { title: 'Processed', unit: 'cps', width: 8 },
        target('lanekeeper_group_processed_per_second{consumergroup=~"$group"}', '{{consumergroup}}'),
      ),
      showing(
        'table',
        { title: 'Verdicts other than ok', unit: 'short', width: 12 },
        target('lanekeeper_group_verdict{verdict!="ok"} == 1', '{{consumergroup}}: {{verdict}}'),
      ),
      showing(
        'timeseries',
        { title: 'Members', unit: 'short', width: 12 },
        target('kafka_consumergroup_members{consumergroup=~"$group"}', '{{consumergroup}}'),
        target('lanekeeper_group_idle_members{consumergroup=~"$group"}', '{{consumergroup}}, idle'),
      ),
    ],
  },
  {
    title: 'Brokers',
    panels: [
      showing(
        'timeseries',
        { title: 'Records in by leader', unit: 'cps', width: 8 },
        target('lanekeeper_broker_records_per_second', 'broker {{broker}}'),
      ),
      showing(
        'timeseries',
        { title: 'Leaders', unit: 'short', width: 8 },
        target('lanekeeper_broker_leaders', 'broker {{broker}}'),
      ),
      showing(
        'timeseries',
        { title: 'Disk used', unit: 'percentunit', width: 8 },
        target(
          '1 - lanekeeper_broker_disk_usable_bytes / lanekeeper_broker_disk_total_bytes',
          'broker {{broker}}',
        ),
      ),
    ],
  },
  {
    title: 'Partitions (needs granularity partition)',
    panels: [
      showing(
        'bargauge',
        { title: 'Hottest partitions', unit: 'cps', width: 12 },
        target(
          'topk(10, lanekeeper_partition_records_per_second{topic=~"$topic"})',
          '{{topic}}-{{partition}}',
        ),
      ),
      showing(
        'bargauge',
        { title: 'Partitions furthest behind', unit: 's', width: 12 },
        target(
          'topk(10, lanekeeper_group_lag_seconds{consumergroup=~"$group"})',
          '{{consumergroup}} on {{topic}}-{{partition}}',
        ),
      ),
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

const grafanaDashboard = (): object => ({
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
