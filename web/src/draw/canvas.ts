/**
 * A canvas of that many CSS pixels, backed by as many device pixels as the screen has. Setting the size clears the
 * canvas and drops its buffer, so it is set only when it changes.
 *
 * `willReadFrequently` keeps it in main memory. These pictures are written as pixels; on a canvas that lives on a
 * graphics card each putImageData waits for the card, and where the card is emulated that takes seconds.
 */
export const sizeCanvas = (
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | undefined => {
  const ratio = devicePixelRatio || 1
  const pixelWidth = Math.round(width * ratio)
  const pixelHeight = Math.round(height * ratio)
  if (canvas.width !== pixelWidth) canvas.width = pixelWidth
  if (canvas.height !== pixelHeight) canvas.height = pixelHeight
  const context = canvas.getContext('2d', { willReadFrequently: true }) ?? undefined
  context?.setTransform(ratio, 0, 0, ratio, 0, 0)
  return context
}

/** The text as far as there is room, then an ellipsis: one cut in the middle of a letter looks like a fault. */
export const fittedText = (context: CanvasRenderingContext2D, text: string, room: number): string => {
  if (context.measureText(text).width <= room) return text
  let kept = text.length - 1
  while (kept > 1 && context.measureText(`${text.slice(0, kept)}…`).width > room) kept--
  return `${text.slice(0, kept).trimEnd()}…`
}
