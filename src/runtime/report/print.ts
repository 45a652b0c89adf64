import { printable } from '../../core/model/index.ts'
import { escapeText } from './pictures.ts'
import type { ReportPart } from './write.ts'

/** Parts as Markdown, pictures as SVG within it. Names come from Kafka: nothing in them can become markup. */
export const reportMarkdown = (parts: readonly ReportPart[]): string =>
  `${parts.map(markdownOf).join('\n\n')}\n`

const markdownOf = (part: ReportPart): string => {
  switch (part.kind) {
    case 'heading':
      return `${'#'.repeat(part.level)} ${markdownText(part.text)}`
    case 'text':
      return markdownText(part.text)
    case 'picture':
      return part.svg
    case 'table':
      return [
        `| ${part.columns.map(column => column.title).join(' | ')} |`,
        `|${part.columns.map(column => (column.right === true ? '---:' : '---')).join('|')}|`,
        ...part.rows.map(row => `| ${row.map(cell => markdownText(cell)).join(' | ')} |`),
      ].join('\n')
  }
}

const markdownText = (text: string): string =>
  printable(text.replace(/[\r\n]+/g, ' '))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|~]/g, character => `\\${character}`)

/** One file that needs nothing else: no script, and a policy that would forbid one. */
export const reportHtml = (parts: readonly ReportPart[]): string => {
  const title = parts.find(part => part.kind === 'heading')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeText(title?.kind === 'heading' ? title.text : 'Report')}</title>
<style>${styles}</style></head>
<body>
${parts.map(htmlOf).join('\n')}
</body></html>
`
}

const htmlOf = (part: ReportPart): string => {
  switch (part.kind) {
    case 'heading':
      return `<h${part.level}>${escapeText(part.text)}</h${part.level}>`
    case 'text':
      return `<p>${escapeText(part.text)}</p>`
    case 'picture':
      return `<figure>${part.svg}</figure>`
    case 'table': {
      const cell = (tag: 'th' | 'td', words: string, index: number): string =>
        `<${tag}${classOf(part.columns[index])}>${escapeText(words)}</${tag}>`
      const head = part.columns.map((column, index) => cell('th', column.title, index)).join('')
      const rows = part.rows.map(
        row => `<tr>${row.map((words, index) => cell('td', words, index)).join('')}</tr>`,
      )
      return `<div class="t"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`
    }
  }
}

const classOf = (column: { readonly right?: boolean; readonly whole?: boolean } | undefined): string =>
  column?.right === true ? ' class="r"' : column?.whole === true ? ' class="w"' : ''

const styles = `
:root{color-scheme:light dark}
body{font:14px/1.5 system-ui,sans-serif;max-width:920px;margin:32px auto;padding:0 16px}
h1{font-size:20px}h2{font-size:16px;margin-top:32px}h3{font-size:14px;font-weight:600;margin-top:24px}
figure{margin:12px 0;overflow-x:auto}svg{max-width:100%;height:auto}
.t{overflow-x:auto}table{border-collapse:collapse;font-size:12.5px}
th,td{padding:4px 12px 4px 0;text-align:left;vertical-align:top;border-bottom:1px solid #8884}
.r{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.w{white-space:nowrap}`
