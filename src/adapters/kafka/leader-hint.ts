import { brokerId, type BrokerId } from '../../core/model/index.ts'
import type { WireReader } from './wire-bytes.ts'

/** Who leads a partition now, as a broker that does not lead it any more tells us (KIP-951). */
export interface LeaderHint {
  readonly id: BrokerId
  readonly epoch: number
}

/** `leader_id leader_epoch`; id -1 says that the broker does not know either. */
export const readLeaderHint = (field: WireReader): LeaderHint | null => {
  const id = field.int32()
  return id < 0 ? null : { id: brokerId(id), epoch: field.int32() }
}
