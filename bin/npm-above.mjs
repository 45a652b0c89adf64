// The npm that runs this process as a script: the parent, or the parent of the shell that npm uses.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** Npm's pid; null when no npm is above. */
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
