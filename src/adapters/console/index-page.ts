import type { Endpoint } from '../../domain/pages.js';

export interface IndexFacts {
  lab: string;
  runtime: string;
  endpoints: readonly Endpoint[];
  /** What is not as it should be, a sentence each. */
  troubles: readonly string[];
}

/** The console's first page: where everything of the lab is. */
export function indexPage({ lab, runtime, endpoints, troubles }: IndexFacts): string {
  const rows = endpoints.map(
    ({ name, address }) => `<tr><th scope="row">${text(name)}</th><td>${linked(address)}</td></tr>`,
  );
  const notes = troubles.map((trouble) => `<p role="alert">${text(trouble)}</p>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>streamlab: ${text(lab)}</title>
<main>
<h1>streamlab</h1>
<p>The lab ${text(lab)} on the runtime ${text(runtime)}</p>
${notes.join('\n')}
<table>
<caption>Where it is reached</caption>
${rows.join('\n')}
</table>
</main>
</html>
`;
}

/** Only web addresses become links: anything else could be a script. */
function linked(address: string): string {
  return /^https?:\/\//.test(address) ? `<a href="${text(address)}">${text(address)}</a>` : text(address);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text as HTML shows it, in an attribute as well. */
export function text(value: string): string {
  return value.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
