// Writes artifacts.lock.json: the Java artifacts that the local runtime downloads, with sizes and checksums.
// For maintainers, after a change of a version below:   node scripts/lock-artifacts.mjs
// Needs Maven, which resolves the transitive dependencies; users of streamlab do not.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const versions = { kafka: '4.3.1', flink: '2.2.1', kafkaConnector: '5.0.0-2.2' };
// One log4j for both services, so that it is downloaded once: Kafka's, which is the newer.
const log4j = ['log4j-slf4j-impl', 'log4j-api', 'log4j-core'].map(
  (name) => `org.apache.logging.log4j:${name}:2.25.4`,
);
// Likewise; Flink's version is the newer one.
const pinned = ['at.yawk.lz4:lz4-java:1.10.3'];

const flink = (/** @type {string} */ name) => `org.apache.flink:${name}:${versions.flink}`;

/**
 * What each service's class path is resolved from. `leaveOut` names what Maven resolves but nothing loads at run
 * time; the integration tests run the whole pipeline without it.
 * @type {{ service: string, roots: string[], rootsOnly?: boolean, leaveOut: Record<string, string> }[]}
 */
const bundles = [
  {
    service: 'kafka',
    roots: [`org.apache.kafka:kafka_2.13:${versions.kafka}`, ...log4j],
    leaveOut: { 'org.scala-lang:scala-reflect': 'only the macros of scala-logging, at compile time' },
  },
  {
    // Beside the class path of `kafka`: the producer performance tool of bench/, without what Connect brings along.
    service: 'kafka-tools',
    roots: [`org.apache.kafka:kafka-tools:${versions.kafka}`],
    rootsOnly: true,
    leaveOut: {},
  },
  {
    service: 'flink',
    roots: [
      ...[
        'flink-clients',
        'flink-streaming-java',
        'flink-runtime-web',
        'flink-sql-gateway',
        // Not flink-table-planner-loader, which is the same code with the Scala compiler packed inside.
        'flink-table-planner_2.12',
        'flink-table-runtime',
        'flink-table-api-java-bridge',
        'flink-json',
        'flink-connector-files',
        'flink-metrics-prometheus',
        'flink-statebackend-rocksdb',
      ].map(flink),
      `org.apache.flink:flink-sql-connector-kafka:${versions.kafkaConnector}`,
      ...log4j,
    ],
    leaveOut: {
      // flink-shaded-zookeeper-3 stays: the JobManager's bytecode verification loads it, even without ZooKeeper.
      'com.ibm.icu:icu4j': 'only for the width of characters when a client prints a table',
      'org.scala-lang:scala-compiler': 'only the macros of the Scala table API, at compile time',
      'org.scala-lang:scala-reflect': 'only the macros of the Scala table API, at compile time',
      'org.scala-lang.modules:scala-xml_2.12': 'only for scala-compiler',
      'org.immutables:value': 'an annotation processor, at compile time',
      'org.immutables:value-annotations': 'annotations that are not kept at run time',
    },
  },
  {
    // What the official Flink image lacks: the docker runtime puts it in.
    service: 'flink-connector',
    rootsOnly: true,
    roots: [`org.apache.flink:flink-sql-connector-kafka:${versions.kafkaConnector}`],
    leaveOut: {},
  },
];

/** @typedef {{ groupId: string, artifactId: string, version: string, classifier?: string }} Coordinates */

/** @param {string} text `group:artifact:version` @param {boolean} [alone] */
function dependencyXml(text, alone = false) {
  const [groupId, artifactId, version] = text.split(':');
  const names = `<groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId>`;
  const all = '<exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion>';
  const exclusions = alone ? `<exclusions>${all}</exclusions>` : '';
  return `<dependency>${names}<version>${version}</version>${exclusions}</dependency>`;
}

/** @param {(typeof bundles)[number]} bundle */
function pom({ roots, rootsOnly }) {
  return `<project>
<modelVersion>4.0.0</modelVersion><groupId>streamlab</groupId><artifactId>lock</artifactId><version>1</version>
<dependencyManagement><dependencies>${pinned.map((text) => dependencyXml(text)).join('')}</dependencies></dependencyManagement>
<dependencies>${roots.map((text) => dependencyXml(text, rootsOnly)).join('')}</dependencies>
</project>`;
}

/**
 * The runtime class path of a bundle, with the files in `folder/repository`.
 * @param {(typeof bundles)[number]} bundle
 * @param {string} folder
 * @returns {Coordinates[]}
 */
function resolveRuntime(bundle, folder) {
  const list = join(folder, 'list.txt');
  writeFileSync(join(folder, 'pom.xml'), pom(bundle));
  const options = ['-B', '-q', '-f', join(folder, 'pom.xml'), '-DincludeScope=runtime'];
  const run = (/** @type {string[]} */ ...goal) =>
    execFileSync('mvn', [...options, ...goal], { stdio: ['ignore', 'inherit', 'inherit'] });
  run('dependency:list', `-DoutputFile=${list}`);
  run(
    'dependency:copy-dependencies',
    `-DoutputDirectory=${join(folder, 'repository')}`,
    '-Dmdep.useRepositoryLayout=true',
  );
  const line = /^ +([\w.-]+):([\w.-]+):jar:(?:([\w.-]+):)?([\w.-]+):(?:compile|runtime)\b/gm;
  return [...readFileSync(list, 'utf8').matchAll(line)].map(
    ([, groupId, artifactId, classifier, version]) => ({
      groupId: groupId ?? '',
      artifactId: artifactId ?? '',
      version: version ?? '',
      ...(classifier === undefined ? {} : { classifier }),
    }),
  );
}

/** @param {Coordinates} artifact @param {string} repository */
function measure({ groupId, artifactId, version, classifier }, repository) {
  const name = `${artifactId}-${version}${classifier === undefined ? '' : `-${classifier}`}.jar`;
  const content = readFileSync(join(repository, ...groupId.split('.'), artifactId, version, name));
  return { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}

/** @param {(typeof bundles)[number]} bundle @param {Coordinates[]} resolved */
function withoutLeftOut({ service, leaveOut }, resolved) {
  const names = resolved.map(({ groupId, artifactId }) => `${groupId}:${artifactId}`);
  const stale = Object.keys(leaveOut).filter((name) => !names.includes(name));
  if (stale.length > 0) throw new Error(`${service} no longer depends on ${stale.join(', ')}: take it out`);
  return resolved.filter((_, index) => !Object.hasOwn(leaveOut, names[index] ?? ''));
}

/** @type {Map<string, Coordinates & { bytes: number, sha256: string, services: string[] }>} */
const artifacts = new Map();
for (const bundle of bundles) {
  const folder = mkdtempSync(join(tmpdir(), 'streamlab-lock-'));
  try {
    for (const coordinates of withoutLeftOut(bundle, resolveRuntime(bundle, folder))) {
      const key = Object.values(coordinates).join(':');
      const known = artifacts.get(key);
      if (known !== undefined) known.services.push(bundle.service);
      else
        artifacts.set(key, {
          ...coordinates,
          ...measure(coordinates, join(folder, 'repository')),
          services: [bundle.service],
        });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const sorted = [...artifacts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, artifact]) => artifact);
const target = join(resolve(dirname(fileURLToPath(import.meta.url)), '..'), 'artifacts.lock.json');
writeFileSync(target, `${JSON.stringify({ lockVersion: 1, versions, artifacts: sorted }, undefined, 2)}\n`);
for (const { service } of bundles) {
  const own = sorted.filter((artifact) => artifact.services.includes(service));
  const megabytes = own.reduce((sum, artifact) => sum + artifact.bytes, 0) / 1e6;
  console.log(`${service}: ${own.length} artifacts, ${megabytes.toFixed(1)} MB`);
}
