/** What the console looks at before it answers. Absent headers are undefined. */
export interface RequestFacts {
  method: string;
  path: string;
  host: string | undefined;
  origin: string | undefined;
  /** `Sec-Fetch-Site`: where the request comes from, as the browser says. */
  fetchSite: string | undefined;
  contentType: string | undefined;
  /** The header `X-Streamlab-Token`. */
  token: string | undefined;
}

export interface Refusal {
  status: number;
  sentence: string;
}

/** The header that carries the token of the process. No other site can send it, or know it. */
export const tokenHeader = 'x-streamlab-token';

/**
 * Why a request is not answered; undefined when it is.
 *
 * The page is for people on this machine. Its address is reachable from every page that their browser has open, so:
 * a foreign `Host` is refused (DNS rebinding), a foreign `Origin` or `Sec-Fetch-Site` too (cross-site requests), and what
 * changes anything must be JSON of the page itself, with the token that only it can read.
 */
export function refusal(facts: RequestFacts, own: { port: number; token: string }): Refusal | undefined {
  const { method, path, host, origin, fetchSite } = facts;
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${String(own.port)}`);
  if (host === undefined || !hosts.includes(host.toLowerCase()))
    return {
      status: 421,
      sentence: `This is not ${host ?? 'a host without a name'}: open ${hosts[0] ?? ''}.`,
    };
  const isForeign = origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`;
  const isApi = path.startsWith('/api/');
  // A link on another page may lead here; nothing else of it may.
  if (isForeign || (isApi && fetchSite !== undefined && !['same-origin', 'none'].includes(fetchSite)))
    return { status: 403, sentence: 'Requests from other pages are refused.' };
  if (method === 'GET' || method === 'HEAD') return undefined;
  if (method !== 'POST' || !isApi) return { status: 405, sentence: `${method} is not answered here.` };
  if (origin === undefined || facts.token === undefined || !isSame(facts.token, own.token))
    return { status: 403, sentence: 'This needs the token of the page. Load the page again.' };
  if (!/^application\/json\s*(;|$)/i.test(facts.contentType ?? ''))
    return { status: 415, sentence: 'Only JSON is taken.' };
  return undefined;
}

/** Takes as long whatever the first difference is. */
function isSame(given: string, own: string): boolean {
  let differs = given.length ^ own.length;
  for (let i = 0; i < own.length; i += 1) differs |= (given.charCodeAt(i) || 0) ^ own.charCodeAt(i);
  return differs === 0;
}
