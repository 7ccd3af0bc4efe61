// On cards, a line is named after its document, in the same row or in the head of its section. Where the document's site
// can show a line, it becomes a link to the very line.
(function () {
  "use strict";
  // Not from its beginning: instant navigation makes links absolute.
  var EVIDENCE = 'a[href*="#evidence."]';
  function documentOf(line) {
    var cell = line.closest("td");
    var body = line.closest("tbody");
    var named =
      line.matches(EVIDENCE) ? line :
      (cell && cell.querySelector(EVIDENCE)) ||
      (body && body.querySelector(".zoo-section " + EVIDENCE)) ||
      (body && body.parentElement.querySelector("caption " + EVIDENCE));
    var row = named && document.getElementById(named.hash.slice(1));
    var found = row && row.querySelector('a[href^="https://"]');
    return found && found.href;
  }
  function lead() {
    document.querySelectorAll("article .zoo-table a:not([href]), article .zoo-issues " + EVIDENCE).forEach(function (link) {
      var line = /line ([0-9]+)$/.exec(link.textContent);
      var url = line && documentOf(link);
      // GitHub shows Markdown rendered, where lines have no anchors, unless it is asked for the source.
      if (url && url.startsWith("https://github.com/") && url.includes("/blob/") && !url.includes("?")) {
        link.href = url.split("#")[0] + "?plain=1#L" + line[1];
      }
    });
  }
  if (window.document$) {
    window.document$.subscribe(lead);
  } else {
    lead();
  }
})();
