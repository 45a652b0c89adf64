import type { Block } from '../core/sizing/index.ts'
import { paint, print, printTable } from './output.ts'
import type { Io } from './world.ts'

/** A note of blocks on the terminal: the same words as its Markdown, with tables of fixed width. */
export const printBlocks = (io: Io, blocks: readonly Block[]): void => {
  blocks.forEach((block, index) => {
    if (index > 0 && block.kind !== 'list') print(io, '')
    switch (block.kind) {
      case 'heading':
        print(io, paint(io, io.stdout, 'bold', block.level === 1 ? block.text : block.text.toUpperCase()))
        return
      case 'text':
        print(io, block.text)
        return
      case 'list':
        for (const item of block.items) print(io, `- ${item}`)
        return
      case 'table':
        printTable(io, block.columns, block.rows)
    }
  })
}
