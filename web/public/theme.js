// Before the first paint: the theme the reader chose last. A file of its own, since the content policy forbids inline
// scripts; blocking and tiny, since a page that is painted light and then turns dark flashes.
try {
  const chosen = localStorage.getItem('lanekeeper.theme')
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen
} catch {
  // storage may be forbidden: then the system's theme
}
