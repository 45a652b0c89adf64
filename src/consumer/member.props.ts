import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { holdsLease, type MemberEvent, newMember, SAFE_SHARE, stepMember } from './member.ts'

const SESSION_MS = 6000
const REBALANCE_MS = 4000
const TOPIC = 'aa'

/** A story of what coordinator, handlers and time may do, in any order, also in orders no honest coordinator has. */
const happening = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ kind: 'tick' as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('answer' as const),
      code: fc.oneof(
        { weight: 12, arbitrary: fc.constant(0) },
        { weight: 3, arbitrary: fc.constantFrom(14, 15, 16, 25, 69, 110, 111) },
      ),
      partitions: fc.option(fc.uniqueArray(fc.nat({ max: 5 }), { maxLength: 6 })),
      epochStep: fc.nat({ max: 1 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'unanswered' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'drained' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'quiet' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'doubted' as const }) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'close' as const }, { kind: 'tick' as const }) },
)

test('whatever happens: lease from the send time and no longer than the notice, acknowledged only after the drain, epoch always current, quiet before joining', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(happening, fc.integer({ min: 0, max: 3000 })), { maxLength: 80 }),
      fc.option(fc.constant('static'), { nil: null }),
      (story, instanceId) => {
        const settings = {
          group: 'g',
          sessionTimeoutMs: SESSION_MS,
          rebalanceTimeoutMs: REBALANCE_MS,
          instanceId,
        }
        let state = newMember
        let nowMs = 0
        let serverEpoch = 0
        let sentAtMs: number | null = null
        let lastGoodSentAtMs = -Infinity
        let said: ReadonlySet<string> = new Set()
        /** First heartbeat since the last good answer: from it on the coordinator's clock may run. */
        let askedSinceMs = Infinity
        let askedBeforeMs = Infinity
        let assigned: ReadonlySet<string> = new Set()
        let awaited: ReadonlySet<string> = new Set()
        let removedAtMs = Infinity
        let isQuiet = true
        const held = new Set<string>()
        const draining = new Set<string>()
        const drainedOnce = new Set<string>()

        const takeSent = (): number | null => {
          const sent = sentAtMs
          sentAtMs = null
          return sent
        }
        const play = (event: MemberEvent): void => {
          const [next, effects] = stepMember(settings, state, event)
          state = next
          for (const effect of effects) {
            switch (effect.type) {
              case 'heartbeat': {
                assert.equal(sentAtMs, null, 'two heartbeats in flight')
                sentAtMs = nowMs
                said = new Set(held)
                askedBeforeMs = askedSinceMs
                askedSinceMs = Math.min(askedSinceMs, nowMs)
                if (effect.epoch > 0) {
                  assert.equal(effect.epoch, serverEpoch, 'an old epoch')
                  const named = effect.owned.flatMap(each => each.partitions.map(p => `${each.topicId}:${p}`))
                  assert.deepEqual(new Set(named), held, 'owned list differs from what is held')
                } else {
                  assert.deepEqual(effect.owned, [])
                  assert.equal(held.size, 0, 'joined or left while holding partitions')
                  if (effect.epoch === 0) assert.ok(isQuiet, 'joined over its own handlers')
                }
                break
              }
              case 'assign':
                assert.equal(draining.size, 0, 'took while giving')
                for (const key of effect.partitions) {
                  assert.ok(!held.has(key), 'assigned twice')
                  held.add(key)
                }
                break
              case 'revoke':
                for (const key of effect.partitions) {
                  assert.ok(held.has(key) && !draining.has(key), 'revoked what is not held, or twice')
                  draining.add(key)
                }
                break
              case 'release':
                for (const key of effect.partitions) {
                  assert.ok(drainedOnce.has(key), 'given up before it was drained')
                  held.delete(key)
                  draining.delete(key)
                  drainedOnce.delete(key)
                }
                break
              case 'drop':
                assert.deepEqual(new Set(effect.partitions), held)
                held.clear()
                draining.clear()
                drainedOnce.clear()
                isQuiet = false
                serverEpoch = 0
                lastGoodSentAtMs = -Infinity
                askedSinceMs = Infinity
                assigned = new Set()
                awaited = new Set()
                removedAtMs = Infinity
                break
              case 'find-coordinator':
              case 'lease-renewed':
              case 'end':
                break
            }
          }
          const noticeEndMs = removedAtMs - (1 - SAFE_SHARE) * REBALANCE_MS
          const leaseEndMs = Math.min(lastGoodSentAtMs + SAFE_SHARE * SESSION_MS, noticeEndMs)
          assert.equal(holdsLease(state, leaseEndMs + 0.001), false, 'a start after the lease')
          if (Number.isFinite(leaseEndMs))
            assert.ok(holdsLease(state, leaseEndMs - 1), 'lease given away early')
        }

        play({ type: 'start', nowMs })
        for (const [it, passMs] of story) {
          nowMs += passMs
          switch (it.kind) {
            case 'tick':
              play({ type: 'tick', nowMs })
              break
            case 'answer': {
              if (sentAtMs === null) break
              const sent = sentAtMs
              sentAtMs = null
              const isLeave = state.closing && held.size === 0
              const ok = it.code === 0 && !state.mustLeaveFirst && !isLeave
              if (ok) {
                serverEpoch = Math.max(1, serverEpoch + it.epochStep)
                lastGoodSentAtMs = sent
                if (it.partitions !== null) assigned = new Set(it.partitions.map(p => `${TOPIC}:${p}`))
                const claimed = [...said].filter(key => !assigned.has(key))
                // a coordinator's clock runs from the first heartbeat that it may have answered with the revocation
                if (claimed.length === 0) removedAtMs = Infinity
                else if (!claimed.some(key => awaited.has(key))) removedAtMs = askedSinceMs + REBALANCE_MS
                awaited = new Set(claimed)
                askedSinceMs = Infinity
              } else {
                // an answer that refuses has done nothing
                askedSinceMs = askedBeforeMs
              }
              play({
                type: 'answered',
                nowMs,
                sentAtMs: sent,
                answer: {
                  code: it.code,
                  message: null,
                  memberEpoch: ok ? serverEpoch : -1,
                  intervalMs: 1000,
                  assignment: it.partitions === null ? null : [{ topicId: TOPIC, partitions: it.partitions }],
                },
              })
              break
            }
            case 'unanswered':
              if (sentAtMs === null) break
              play({ type: 'unanswered', nowMs, sentAtMs: takeSent() })
              break
            case 'drained':
              for (const key of draining) drainedOnce.add(key)
              play({ type: 'drained', nowMs, partitions: [...draining] })
              break
            case 'quiet':
              isQuiet = true
              play({ type: 'quiet', nowMs })
              break
            case 'doubted':
              play({ type: 'doubted', nowMs })
              break
            case 'close':
              play({ type: 'close', nowMs, deadlineMs: nowMs + 1000 })
              break
          }
        }
      },
    ),
    { numRuns: 500 },
  )
})
