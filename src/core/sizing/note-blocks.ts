/**
 * A note as blocks: headings, sentences, lists and tables. One text for the terminal and for Markdown, so that they
 * cannot differ.
 */
export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | {
      readonly kind: 'table'
      readonly columns: readonly { readonly title: string; readonly align: 'left' | 'right' }[]
      readonly rows: readonly (readonly string[])[]
    }

export const heading = (title: string): Block => ({ kind: 'heading', level: 2, text: title })

export const text = (sentence: string): Block => ({ kind: 'text', text: sentence })

/** Columns whose title begins with `>` are figures and stand to the right. */
export const table = (titles: readonly string[], rows: readonly (readonly string[])[]): Block => ({
  kind: 'table',
  columns: titles.map(title =>
    title.startsWith('>')
      ? { title: title.slice(1), align: 'right' as const }
      : { title, align: 'left' as const },
  ),
  rows,
})
