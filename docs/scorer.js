// Guides come before the reference, and a page before others if its title has what is searched for.
var Scorer = {
  score: ([page, title, , , score]) => {
    const query = (new URLSearchParams(window.location.search).get("q") || "").toLowerCase();
    const reference = ["api", "changelog", "contributing", "driver-authors", "troubleshooting"].includes(page);
    const place = title.toLowerCase().indexOf(query);
    return reference ? score / 10 : score + (place === 0 ? 12 : place > 0 ? 10 : 0);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
