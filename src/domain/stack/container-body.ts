import { containerLabels, type Stack, type StackService } from './stack.js';

const nanosecondsInMs = 1e6;

/**
 * The body of `POST /containers/create` for a service, in the terms of the Docker Engine API from version 1.41 on. Only
 * fields that every engine since then knows.
 */
export function containerBody(stack: Stack, service: StackService) {
  const { definition, networks } = service;
  const [network = 'default'] = networks;
  const ports = definition.ports ?? [];
  return {
    Image: definition.image,
    Labels: containerLabels(stack, service),
    Env: Object.entries(definition.environment ?? {}).map(([name, value]) => `${name}=${value}`),
    ...(definition.command === undefined ? {} : { Cmd: definition.command }),
    ...(definition.entrypoint === undefined ? {} : { Entrypoint: definition.entrypoint }),
    ...(definition.user === undefined ? {} : { User: definition.user }),
    ...(definition.working_dir === undefined ? {} : { WorkingDir: definition.working_dir }),
    ...(definition.stop_grace_period === undefined
      ? {}
      : { StopTimeout: Math.ceil(definition.stop_grace_period / 1000) }),
    ...(definition.healthcheck === undefined ? {} : { Healthcheck: healthBody(definition.healthcheck) }),
    ExposedPorts: Object.fromEntries(ports.map(({ container }) => [`${container}/tcp`, {}])),
    HostConfig: {
      NetworkMode: network,
      PortBindings: portBindings(ports),
      Mounts: service.mounts.map(({ volume, target, readOnly }) => ({
        Type: 'volume' as const,
        Source: volume,
        Target: target,
        ReadOnly: readOnly,
      })),
      ...(definition.init === undefined ? {} : { Init: definition.init }),
      ...(definition.mem_limit === undefined ? {} : { Memory: definition.mem_limit }),
      ...(definition.cpus === undefined ? {} : { NanoCpus: Math.round(definition.cpus * 1e9) }),
      ...(definition.logging === undefined
        ? {}
        : { LogConfig: { Type: definition.logging.driver, Config: definition.logging.options ?? {} } }),
      Ulimits: Object.entries(definition.ulimits ?? {}).map(([name, { soft, hard }]) => ({
        Name: name,
        Soft: soft,
        Hard: hard,
      })),
    },
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [service.name] } } },
  };
}

function portBindings(ports: NonNullable<StackService['definition']['ports']>) {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { hostIp, host, container } of ports)
    (bindings[`${container}/tcp`] ??= []).push({ HostIp: hostIp, HostPort: String(host) });
  return bindings;
}

function healthBody({
  test,
  interval,
  timeout,
  retries,
  start_period,
}: NonNullable<StackService['definition']['healthcheck']>) {
  const nanoseconds = (ms: number | undefined): number => Math.round((ms ?? 0) * nanosecondsInMs);
  return {
    Test: test,
    Interval: nanoseconds(interval),
    Timeout: nanoseconds(timeout),
    StartPeriod: nanoseconds(start_period),
    Retries: retries ?? 0,
  };
}
