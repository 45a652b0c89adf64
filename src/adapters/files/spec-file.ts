import { open } from 'node:fs/promises'
import { LanekeeperError } from '../../core/model/index.ts'

/** Larger than any configuration that is accepted; keeps a mistaken path (a log, a device) out of memory. */
const BYTES_MAX = 2 * 1024 * 1024

/** The text of a configuration file. Rejects with FILE_UNREADABLE and what to do. */
export const readSpecFile = async (file: string): Promise<string> => {
  const bytes = await readBytes(file)
  try {
    // ignoreBOM keeps the mark in the text, where the reader refuses it with its place
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new LanekeeperError('FILE_UNREADABLE', `${file} is not UTF-8 text.`, {
      fix: 'Save it as UTF-8.',
      cause: error,
    })
  }
}

const readBytes = async (file: string): Promise<Uint8Array> => {
  try {
    const handle = await open(file, 'r')
    try {
      const buffer = new Uint8Array(BYTES_MAX + 1)
      let length = 0
      // A pipe gives its bytes in pieces, and only an empty one is its end
      for (;;) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length)
        length += bytesRead
        if (bytesRead === 0 || length === buffer.length) break
      }
      if (length > BYTES_MAX) throw new Error(`it has more than ${BYTES_MAX / 1024 / 1024} MiB`)
      return buffer.subarray(0, length)
    } finally {
      await handle.close()
    }
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw new LanekeeperError(
      'FILE_UNREADABLE',
      missing ? `${file} does not exist.` : `${file} cannot be read: ${(error as Error).message}.`,
      {
        fix: missing
          ? 'Name a file that exists; examples/ has some of each kind.'
          : 'Check the path and its rights.',
        cause: error,
      },
    )
  }
}
