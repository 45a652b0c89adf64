/**
 * Why a group is as it is: its findings, worst first, each with what to do.
 *
 * Goal: the question behind "six consumers run, two of them work" answered with the one reason that holds, not with a
 * list of what it could be. Every reason rests on something seen (members, subscriptions, lag, the changes of the last
 * minutes); where what would decide is not seen, the finding says so.
 *
 * Method: rules that know nothing of each other, each a pure function of the same evidence, in a file of its own. Those
 * about lag need no history, so they hold from the first look; those about verdicts need fifteen seconds of it
 * (verdict.ts), those about members that come and go as long as it takes them.
 *
 * What it does not do: read logs of consumers; of a failing record it knows what this project's consumer says beside its
 * commits. A member that was refused never was a member, and is not seen; asked
 * how many were started, it at least says how many are missing and where they may be.
 */
import type { FindingDraft } from '../finding.ts'
import { elsewhereRule } from './elsewhere.ts'
import type { GroupEvidence, GroupRule } from './evidence.ts'
import { heldRule } from './held.ts'
import { idleRule } from './idle.ts'
import { limitRule } from './limits.ts'
import { progressRule, uncommittedRule } from './progress.ts'
import { unrestRule } from './unrest.ts'

/** What is worth a sentence on the first screen: nothing that is only worth knowing to who asks about this group. */
const always: readonly GroupRule[] = [heldRule, progressRule, uncommittedRule, unrestRule, idleRule]

/** For who asks. */
const whenAsked: readonly GroupRule[] = [elsewhereRule, limitRule]

const rank = { act: 0, warning: 1, info: 2 }

export const diagnoseGroup = (evidence: GroupEvidence): readonly FindingDraft[] =>
  [...whenAsked, ...always]
    .flatMap(rule => rule(evidence))
    .toSorted((a, b) => rank[a.severity] - rank[b.severity])

export const watchGroup = (evidence: GroupEvidence): readonly FindingDraft[] =>
  always.flatMap(rule => rule(evidence))
