import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { constants, brotliCompressSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** Scripts and styles compressed once, at the build: a server that did it would do so for every reader. */
const compressed = (): Plugin => {
  let outDir = ''
  return {
    name: 'compressed',
    apply: 'build',
    configResolved: config => {
      // the folder may be named from the root of the machine, as the launcher does
      outDir = resolve(config.root, config.build.outDir, 'assets')
    },
    closeBundle: () => {
      for (const name of readdirSync(outDir)) {
        if (!/\.(js|css)$/.test(name)) continue
        const file = join(outDir, name)
        const bytes = brotliCompressSync(readFileSync(file), {
          params: { [constants.BROTLI_PARAM_QUALITY]: 9 },
        })
        writeFileSync(`${file}.br`, bytes)
      }
    },
  }
}

export default defineConfig({
  plugins: [react(), compressed()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // the server sends a strict content policy: nothing inlined as data: or script text
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2024',
  },
})
