import { flagOf, type RuntimeName } from '../domain/config.js';
import { StreamlabError } from '../errors.js';

export interface RuntimeWish {
  lab: string;
  /** What the lab was brought up on before. */
  remembered: RuntimeName | undefined;
  configured: RuntimeName | 'auto';
  /** Whether `configured` was given as a flag of this very call. */
  askedByFlag: boolean;
  /** Which of the two is asked first when nothing says otherwise. */
  prefer: 'docker' | 'local';
}

/** Questions to this machine; each resolves to what stands in the way, or to undefined. */
export interface MachineFacts {
  whyNoDocker: () => Promise<string | undefined>;
  whyNoJava: () => Promise<string | undefined>;
}

/**
 * Decides before anything is created: the runtime that the lab is on, else the configured one, else docker where an
 * engine and every image can be had, else local (with `prefer: 'local'` the other way round).
 * @throws StreamlabError INVALID_USAGE when a flag asks for another runtime than the lab is on
 */
export async function chooseRuntime(
  { lab, remembered, configured, askedByFlag, prefer }: RuntimeWish,
  facts: MachineFacts,
): Promise<{ name: RuntimeName; because: string }> {
  if (remembered !== undefined) {
    if (askedByFlag && configured !== 'auto' && configured !== remembered)
      throw otherRuntime(lab, remembered, configured);
    return { name: remembered, because: `the lab "${lab}" is on it` };
  }
  if (configured !== 'auto') {
    return {
      name: configured,
      because: askedByFlag ? `${flagOf('runtime')} says so` : 'the configuration says so',
    };
  }
  if (prefer === 'local') {
    const noJava = await facts.whyNoJava();
    if (noJava === undefined) return { name: 'local', because: 'Java is here' };
    const noDocker = await facts.whyNoDocker();
    return noDocker === undefined
      ? { name: 'docker', because: `there is no Java for the local one (${noJava})` }
      : { name: 'local', because: `Docker is no way either (${noDocker})` };
  }
  const noDocker = await facts.whyNoDocker();
  return noDocker === undefined
    ? { name: 'docker', because: 'an engine answers, and every image can be had' }
    : { name: 'local', because: `Docker is no way here: ${noDocker}` };
}

function otherRuntime(lab: string, remembered: RuntimeName, asked: RuntimeName): StreamlabError {
  return new StreamlabError(
    'INVALID_USAGE',
    `${flagOf('runtime')} ${asked}: the lab "${lab}" is on the ${remembered} runtime, where its data is.`,
    {
      suggestions: [
        `Use another lab: streamlab up --runtime ${asked} --lab ${lab}-${asked}`,
        'Or delete this one first: streamlab down --volumes',
      ],
    },
  );
}
