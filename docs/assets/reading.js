// What is heavy and not seen at first waits until the reader does something: `zooReaderActs` is a promise of that.
// The index of the search weighs as much as a page and everything on it, and the theme asks for it at once. It is
// fetched before anybody can have typed a word.
(() => {
  const { open, send } = XMLHttpRequest.prototype
  window.zooReaderActs = new Promise((wake) => {
    for (const kind of ["change", "focusin", "keydown", "pointerdown", "pointermove", "touchstart"])
      addEventListener(kind, wake, { capture: true, once: true, passive: true })
  })
  const indexes = new WeakSet()
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    if (String(url).endsWith("/search/search_index.json")) indexes.add(this)
    return open.call(this, method, url, ...rest)
  }
  XMLHttpRequest.prototype.send = function (...body) {
    if (!indexes.has(this)) return send.apply(this, body)
    window.zooReaderActs.then(() => this.readyState === XMLHttpRequest.OPENED && send.apply(this, body))
  }
})()
