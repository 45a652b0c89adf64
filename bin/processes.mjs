// Other processes, as far as the launcher has to know of them.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'

export const isAlive = pid => {
  // 0 and NaN would ask about the own process group
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** The npm that runs this process as a script: the parent, or the parent of the shell that npm uses; null without. */
export const npmAbove = async () => {
  if (process.env.npm_lifecycle_event === undefined) return null
  let pid = process.ppid
  for (let level = 0; level < 2; level++) {
    const above = await look(pid)
    if (above === null) return null
    if (/\bnpm\b/.test(above.command)) return pid
    pid = above.parent
  }
  return null
}

/**
 * Is `pid` another process that runs under Node? A pid that was written down before a restart of the machine, or of a
 * container, may be anybody's by now, also our own.
 */
export const isOtherNode = async pid => {
  if (pid === process.pid || !isAlive(pid)) return false
  if (process.platform === 'win32') return true
  return /\b(node|npm)\b/.test((await look(pid))?.command ?? '')
}

const look = pid => (process.platform === 'linux' ? lookInProc(pid) : askPs(pid))

// small containers have no `ps`
const lookInProc = async pid => {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8')
    // state and parent follow the name, which stands in parentheses and may hold any others
    return { parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]), command }
  } catch {
    return null
  }
}

const askPs = pid =>
  new Promise(resolve => {
    execFile('ps', ['-o', 'ppid=,args=', '-p', String(pid)], (failure, stdout) => {
      const [, parent, command] = /^\s*(\d+)\s+(.*)/.exec(stdout ?? '') ?? []
      resolve(failure === null && command !== undefined ? { parent: Number(parent), command } : null)
    })
  })
