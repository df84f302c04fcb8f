/** Longer words are not worth a guess. */
const MAX_LENGTH = 60;

/** The word that somebody who typed `given` most likely meant, if one is close. */
export function nearest(given: string, words: readonly string[]): string | undefined {
  if (given.length > MAX_LENGTH) return undefined;
  const typed = given.toLowerCase();
  const tolerance = typed.length < 4 ? 1 : Math.max(2, Math.floor(typed.length / 3));
  let best: { word: string; distance: number } | undefined;
  for (const word of words) {
    const isBeginning = typed.length >= 4 && word.toLowerCase().startsWith(typed);
    const distance = isBeginning ? 1 : editDistance(typed, word.toLowerCase());
    if (distance <= tolerance && distance < (best?.distance ?? Number.POSITIVE_INFINITY))
      best = { word, distance };
  }
  return best?.word;
}

/** Levenshtein's distance: how many letters to put in, take out or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
  }
  return row[b.length] ?? 0;
}
