import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** A place where Java may be. */
export interface JavaPlace {
  /** The `java` program, whether it exists or not. */
  java: string;
  /** How a message names the place. */
  source: string;
}

export interface Surroundings {
  env: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
  /** Folders whose subfolders are Java installations, each with the way from there to the Java home. */
  collections: readonly { folder: string; inside: string }[];
}

export function surroundings(): Surroundings {
  const { env, platform } = process;
  return { env, platform, collections: collectionsOf(platform, env) };
}

/** Where installers and package managers put Java. */
function collectionsOf(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): Surroundings['collections'] {
  const sdkman = {
    folder: join(env.SDKMAN_DIR ?? join(homedir(), '.sdkman'), 'candidates', 'java'),
    inside: '',
  };
  if (platform === 'darwin') {
    const bundle = join('Contents', 'Home');
    const brewed = join('libexec', 'openjdk.jdk', bundle);
    return [
      { folder: '/Library/Java/JavaVirtualMachines', inside: bundle },
      { folder: join(homedir(), 'Library', 'Java', 'JavaVirtualMachines'), inside: bundle },
      { folder: '/opt/homebrew/opt', inside: brewed },
      { folder: '/usr/local/opt', inside: brewed },
      sdkman,
    ];
  }
  if (platform === 'win32') {
    const programs = env.ProgramFiles ?? 'C:\\Program Files';
    const vendors = ['Eclipse Adoptium', 'Java', 'Microsoft', 'Zulu', 'Amazon Corretto', 'BellSoft'];
    return vendors.map((vendor) => ({ folder: join(programs, vendor), inside: '' }));
  }
  return [{ folder: '/usr/lib/jvm', inside: '' }, { folder: '/opt/java', inside: '' }, sdkman];
}

export function javaIn(home: string, platform: NodeJS.Platform): string {
  return join(home, 'bin', platform === 'win32' ? 'java.exe' : 'java');
}

/** Every place to look at, best first: JAVA_HOME, the PATH, then the usual folders in order of name. */
export async function javaPlaces({ env, platform, collections }: Surroundings): Promise<JavaPlace[]> {
  const name = platform === 'win32' ? 'java.exe' : 'java';
  const home = env.JAVA_HOME ?? '';
  const path = (env.PATH ?? env.Path ?? '').split(delimiter).filter((folder) => folder !== '');
  const installed = await Promise.all(
    collections.map(async ({ folder, inside }) => {
      const names = (await readdir(folder).catch(() => [])).sort();
      return names.map((entry) => ({
        java: javaIn(join(folder, entry, inside), platform),
        source: join(folder, entry),
      }));
    }),
  );
  return [
    ...(home === '' ? [] : [{ java: javaIn(home, platform), source: 'JAVA_HOME' }]),
    ...path.map((folder) => ({ java: join(folder, name), source: 'PATH' })),
    ...installed.flat(),
  ];
}
