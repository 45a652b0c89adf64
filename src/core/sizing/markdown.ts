import type { Block } from './note-blocks.ts'

/** Blocks as Markdown that any renderer of tables shows. Ends with a newline. */
export const asMarkdown = (blocks: readonly Block[]): string => `${blocks.map(asText).join('\n\n')}\n`

const asText = (block: Block): string => {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${escaped(block.text)}`
    case 'text':
      return escaped(block.text)
    case 'list':
      return block.items.map(item => `- ${escaped(item)}`).join('\n')
    case 'table': {
      const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
      return [
        row(block.columns.map(({ title }) => escaped(title))),
        row(block.columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
        ...block.rows.map(cells => row(cells.map(escaped))),
      ].join('\n')
    }
  }
}

/** Names and figures are data: `_a_` is no emphasis (within a word it is none anyway), and `|` would end a cell. */
const escaped = (text: string): string =>
  text.replace(/[\\`*|<>[\]]|(?<!\w)_|_(?!\w)/g, '\\$&').replace(/\s*\n\s*/g, ' ')
