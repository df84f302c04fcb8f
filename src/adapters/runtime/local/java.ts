import { realpath } from 'node:fs/promises';
import { javaFit, javaMajor, supportedJava } from '../../../domain/versions.js';
import { StreamlabError } from '../../../errors.js';
import { javaIn, javaPlaces, surroundings, type JavaPlace, type Surroundings } from './java-homes.js';

export interface Java {
  /** The `java` program. */
  java: string;
  home: string;
  /** As Java gives it, for instance `17.0.15`. */
  version: string;
  major: number;
  /** Which build it is, and whose: two of one version differ in it. */
  build: string;
  /** Where it was found: `javaHome`, `JAVA_HOME`, `PATH` or a folder. */
  source: string;
  /** A sentence, if this Java is newer than those that Kafka and Flink are tested with. */
  warning?: string;
}

/**
 * The environment of a JVM whose class path and arguments are paths: Java reads those in the encoding of the locale, and
 * finds no jar below a folder with an umlaut in the one that cron and containers have. Where there is no C.UTF-8 (macOS),
 * Java reads UTF-8 anyway.
 */
export function javaEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C.UTF-8' };
}

/**
 * The Java that runs Kafka and Flink: the configured one, else the first supported of JAVA_HOME, the PATH and the usual folders,
 * else the first that is newer. Only a configured one is an error when it does not fit: JAVA_HOME may be meant for
 * other work.
 * @throws StreamlabError JAVA_MISSING or JAVA_TOO_OLD
 */
export async function findJava(
  javaHome: string | undefined,
  around: Surroundings = surroundings(),
): Promise<Java> {
  if (javaHome !== undefined) return configuredJava(javaHome, around.platform);
  const tooOld: Java[] = [];
  let newer: Java | undefined;
  const seen = new Set<string>();
  for (const place of await javaPlaces(around)) {
    const target = await realpath(place.java).catch(() => undefined);
    if (target === undefined || seen.has(target)) continue;
    seen.add(target);
    const java = await queryJava(place);
    if (java === undefined) continue;
    const fit = javaFit(java.major);
    if (fit === 'supported') return java;
    if (fit === 'untested') newer ??= withWarning(java);
    else tooOld.push(java);
  }
  if (newer !== undefined) return newer;
  throw tooOld.length > 0 ? javaTooOld(tooOld, around.platform) : javaMissing(around.platform);
}

async function configuredJava(javaHome: string, platform: NodeJS.Platform): Promise<Java> {
  const java = await queryJava({ java: javaIn(javaHome, platform), source: 'javaHome' });
  if (java === undefined) {
    throw new StreamlabError('JAVA_MISSING', `There is no Java that runs in ${javaHome} (javaHome).`, {
      suggestions: [
        'Give the folder that has bin/java in it, with javaHome in the configuration or STREAMLAB_JAVA_HOME.',
        'Or leave it out: streamlab then looks for Java itself.',
      ],
    });
  }
  const fit = javaFit(java.major);
  if (fit === 'too-old') throw javaTooOld([java], platform);
  return fit === 'untested' ? withWarning(java) : java;
}

/** Asks a `java` for its version and home; undefined if it is none, or does not run (macOS has a stub that asks to install one). */
async function queryJava({ java, source }: JavaPlace): Promise<Java | undefined> {
  const { execa } = await import('execa');
  const { stderr, stdout, failed } = await execa(java, ['-XshowSettings:properties', '-version'], {
    reject: false,
    timeout: 10_000,
  });
  if (failed) return undefined;
  const property = (name: string): string | undefined =>
    new RegExp(`^\\s*${name.replaceAll('.', '\\.')} = (.+?)\\s*$`, 'm').exec(`${stderr}\n${stdout}`)?.[1];
  const version = property('java.version') ?? /version "([^"]+)"/.exec(stderr)?.[1];
  const major = version === undefined ? undefined : javaMajor(version);
  if (version === undefined || major === undefined) return undefined;
  const facts = ['java.vm.vendor', 'java.vm.version', 'os.arch'].map(property);
  const build = facts.filter((fact) => fact !== undefined).join(' ');
  return { java, home: property('java.home') ?? '', version, major, build, source };
}

function withWarning(java: Java): Java {
  const { oldest, newest } = supportedJava;
  return {
    ...java,
    warning:
      `Java ${java.version} (${java.source}) is newer than those that Flink 2.2 supports; ` +
      `if a service fails, use Java ${oldest} or ${newest}.`,
  };
}

function javaTooOld(found: readonly Java[], platform: NodeJS.Platform): StreamlabError {
  const list = found.map(({ version, source, java }) => `${version} (${source}: ${java})`).join(', ');
  return new StreamlabError(
    'JAVA_TOO_OLD',
    `Kafka and Flink need Java ${supportedJava.oldest} or newer; found ${list}.`,
    { suggestions: installSuggestions(platform) },
  );
}

function javaMissing(platform: NodeJS.Platform): StreamlabError {
  return new StreamlabError(
    'JAVA_MISSING',
    `Kafka and Flink need Java ${supportedJava.oldest} or newer, and none was found.`,
    { suggestions: installSuggestions(platform) },
  );
}

function installSuggestions(platform: NodeJS.Platform): string[] {
  const { newest } = supportedJava;
  const install =
    {
      darwin: `Install it, for instance: brew install openjdk@${newest}`,
      win32: `Install it, for instance: winget install EclipseAdoptium.Temurin.${newest}.JRE`,
    }[platform as string] ??
    `Install it, for instance: apt install openjdk-17-jre-headless, or dnf install java-${newest}-openjdk-headless`;
  return [install, 'If it is installed already, name its folder: STREAMLAB_JAVA_HOME=/path/to/java'];
}
