import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import type { TopicView } from '../../src/api/contract.ts'
import { launchBrowser, openPage } from '../support/browser.ts'
import {
  assertAccessible,
  assertCellCount,
  assertMapMoves,
  assertMapOnScreen,
  eventually,
  openPartitionByKeyboard,
} from '../support/dashboard-checks.ts'
import { runKafkaTool } from '../support/kafka-tools.ts'
import { type Program, startProgram } from '../support/program.ts'
import { realClusterServers, skipWithoutCluster } from '../support/real-cluster.ts'
import { tempFolder } from '../support/temp-folder.ts'

/**
 * The main job as a user has it, on real brokers: the launcher, 1,500 partitions, traffic, two groups, the page in a
 * real browser, and Kafka's own tools as second witness. What depends on the speed of this machine is widened: a
 * timing is a benchmark, never a test.
 */
const folder = tempFolder('streamsocial')
const file = join(folder, 'lanekeeper.yaml')
const example = join(import.meta.dirname, '..', '..', 'examples', 'streamsocial', 'lanekeeper.yaml')
const servers = realClusterServers()?.join(',') ?? ''

describe('StreamSocial', { skip: skipWithoutCluster() }, () => {
  let program: Program
  let browser: Browser
  let url = ''

  before(async () => {
    writeFileSync(
      file,
      readFileSync(example, 'utf8')
        .replace(/lag-p99-ms: \d+/, 'lag-p99-ms: 60000')
        .replace(/records-per-second: \d+/, 'records-per-second: 200'),
    )
    program = startProgram(['up', file, '--bootstrap-server', servers, '--port', '7600'], folder)
    url = String((await program.event(({ event }) => event === 'started', 120_000))['url'])
    browser = await launchBrowser()
  })

  after(async () => {
    await browser?.close()
    program.signal('SIGKILL')
    await runKafkaTool('TopicCommand', '--bootstrap-server', servers, '--delete', '--topic', 'user-actions')
    await runKafkaTool(
      'TopicCommand',
      '--bootstrap-server',
      servers,
      '--delete',
      '--topic',
      'content-interactions',
    )
  })

  const topic = async (name: string): Promise<TopicView> =>
    (await (await fetch(`${url}/api/v1/topics/${name}`)).json()) as TopicView

  test('Kafka’s own description has the same counts, copies and leaders', async () => {
    for (const [name, partitions] of [
      ['user-actions', 1000],
      ['content-interactions', 500],
    ] as const) {
      await eventually(
        `${name} is observed`,
        async () => (await topic(name)).partitionList?.length === partitions,
        60_000,
      )
      const described = await runKafkaTool(
        'TopicCommand',
        '--bootstrap-server',
        servers,
        '--describe',
        '--topic',
        name,
      )
      const theirs = new Map(
        [...described.matchAll(/Partition: (\d+)\s+Leader: (\d+)\s+Replicas: ([\d,]+)/g)].map(
          ([, partition, leader, replicas]) => [
            Number(partition),
            { leader: Number(leader), replicas: replicas?.split(',').map(Number) },
          ],
        ),
      )
      assert.equal(theirs.size, partitions)
      for (const { partition, leader, replicas } of (await topic(name)).partitionList)
        assert.deepEqual({ leader, replicas }, theirs.get(partition), `${name}-${partition}`)
    }
  })

  test('a real browser sees 1,000 cells change and opens one by keyboard, accessible in both themes', async () => {
    await program.event(
      event =>
        event.event === 'status' &&
        Number((event['producer'] as { recordsAcknowledged: number }).recordsAcknowledged) > 2_000,
      180_000,
    )
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, complaints, close } = await openPage(browser, url, { colorScheme })
      await assertCellCount(page, 1000)
      await assertMapOnScreen(page)
      await assertMapMoves(page)
      await assertAccessible(page, `overview, ${colorScheme}`)
      assert.match(await openPartitionByKeyboard(page), /^\/topics\/user-actions\/\d+$/)
      await assertAccessible(page, `partition, ${colorScheme}`)
      assert.deepEqual(complaints, [])
      await close()
    }
  })

  test('Ctrl-C drains and ends with 130; the log holds what was acknowledged, and the groups have read it', async () => {
    program.signal('SIGINT')
    const summary = await program.event(({ event }) => event === 'summary', 60_000)
    assert.equal(await program.ended, 130)
    const figures = summary['figures'] as Record<string, number>
    assert.deepEqual(
      [
        figures['lost'],
        figures['reordered'],
        figures['duplicated'],
        figures['missing'],
        figures['unprocessed'],
      ],
      [0, 0, 0, 0, 0],
      JSON.stringify(summary),
    )
    let inLog = 0
    for (const name of ['user-actions', 'content-interactions']) {
      const printed = await runKafkaTool('GetOffsetShell', '--bootstrap-server', servers, '--topic', name)
      for (const line of printed.trim().split('\n')) inLog += Number(line.split(':').at(-1))
    }
    assert.equal(inLog, figures['acknowledged'])

    const described = await runKafkaTool(
      'consumer.group.ConsumerGroupCommand',
      '--bootstrap-server',
      servers,
      '--describe',
      '--group',
      'timeline-builder',
    )
    const lags = described
      .split('\n')
      .filter(line => line.startsWith('timeline-builder'))
      .map(line => line.split(/\s+/)[5])
    assert.ok(lags.length > 0, described)
    assert.deepEqual([...new Set(lags)], ['0'])
  })
})
