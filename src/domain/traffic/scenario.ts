import { StreamlabError } from '../../errors.js';
import { nearest } from '../nearest.js';
import { orList, quoted } from './notation.js';
import {
  allOptions,
  runOptions,
  trafficOptions,
  type OptionName,
  type PhaseValues,
  type TrafficValues,
} from './option-table.js';
import { overlay, refuseBurstsBeyond, refuseLonely, toPhase, type Voice } from './phase-options.js';
import { phaseOptions } from './phase-option-table.js';
import { defaultPopulation, type TrafficPlan } from './plan.js';
import { readOptions } from './read-options.js';

/** A script of traffic with a name. */
export interface Scenario {
  name: string;
  /** One line. */
  description: string;
  plan: TrafficPlan;
  /** What each phase was written as, with the defaults: flags can still be laid over it. */
  phases: readonly ScenarioPhase[];
}

export interface ScenarioPhase {
  name: string;
  /** Undefined: without end. */
  durationMs: number | undefined;
  values: PhaseValues;
}

/** A place in the file: keys and places in lists, outermost first. */
export type FilePath = readonly (string | number)[];

export interface ScenarioText {
  name: string;
  /** The file as it is named in messages. */
  file: string;
  /** Plain data: what YAML or JSON was parsed into. */
  values: unknown;
  /** The line of a key or an item, or of the nearest thing around it, counted from 1. */
  lineOf(path: FilePath): number;
}

const MAX_PHASES = 1_000;
const topKeys = ['description', 'defaults', 'phases', ...Object.keys(trafficOptions)];
const phaseKeys = ['name', 'duration', ...Object.keys(phaseOptions)];

/**
 * A scenario out of what its file says.
 * @throws StreamlabError INVALID_FILE naming file, line and key, with an example
 */
export function parseScenario(text: ScenarioText): Scenario {
  return new ScenarioReader(text).read();
}

/** Reads the parts of one file, and knows where each is. */
class ScenarioReader {
  constructor(private readonly text: ScenarioText) {}

  read(): Scenario {
    const top = this.mapping(this.text.values, [], 'a scenario with a description and phases');
    this.refuseUnknown(top, [], topKeys);
    const description = this.line(
      top.get('description'),
      ['description'],
      200,
      'Steady traffic, nothing unusual',
    );
    const traffic: TrafficValues = readOptions(trafficOptions, ...this.source(top, []));
    const defaults = this.defaults(top.get('defaults'));
    const phases = this.phases(top.get('phases'), defaults);
    this.refuseUseless(traffic, defaults, phases);
    return {
      name: this.text.name,
      description,
      phases,
      plan: {
        phases: phases.map(({ name, durationMs, values }, index) =>
          toPhase(name, durationMs, values, this.voice(['phases', index])),
        ),
        arrivals: traffic.arrivals ?? 'even',
        population: {
          users: traffic.users ?? defaultPopulation.users,
          userSkew: traffic['user-skew'] ?? defaultPopulation.userSkew,
          producers: traffic.producers ?? defaultPopulation.producers,
        },
      },
    };
  }

  private defaults(value: unknown): PhaseValues {
    if (value === undefined) return {};
    const path = ['defaults'];
    const mapping = this.mapping(value, path, 'options that hold for every phase, such as "rate: 1k"');
    this.refuseUnknown(mapping, path, Object.keys(phaseOptions));
    return readOptions(phaseOptions, ...this.source(mapping, path));
  }

  private phases(value: unknown, defaults: PhaseValues): ScenarioPhase[] {
    const path = ['phases'];
    if (!Array.isArray(value) || value.length === 0)
      throw this.error(
        value === undefined ? [] : path,
        'phases: give a list of at least one phase.',
        phaseExample,
      );
    if (value.length > MAX_PHASES) throw this.error(path, `phases: give ${MAX_PHASES} at most.`);
    const phases = value.map((phase: unknown, index) => this.phase(phase, [...path, index], defaults));
    const endless = phases.findIndex(({ durationMs }) => durationMs === undefined);
    if (endless !== -1 && endless < phases.length - 1)
      throw this.error(
        [...path, endless],
        `the phase ${quoted(phases[endless]?.name ?? '')} has no duration and is not the last: those after it would never begin.`,
        'Give it one: duration: 2m',
      );
    return phases;
  }

  private phase(value: unknown, path: FilePath, defaults: PhaseValues): ScenarioPhase {
    const mapping = this.mapping(value, path, 'a phase with a name', phaseExample);
    this.refuseUnknown(mapping, path, phaseKeys);
    const name = this.line(mapping.get('name'), [...path, 'name'], 60, 'rush hour');
    const { duration: durationMs } = readOptions(
      { duration: runOptions.duration },
      ...this.source(mapping, path),
    );
    const own: PhaseValues = readOptions(phaseOptions, ...this.source(mapping, path));
    const values = overlay(defaults, own);
    const voice = this.voice(path);
    refuseLonely(own, [values], voice);
    refuseBurstsBeyond(own.burst ?? [], durationMs, voice);
    if (values.rate?.kind === 'constant' && values.rate.perSecond === 0)
      throw voice.refusal(
        'rate',
        'rate: 0: as fast as possible is no rate of a phase, whose length is in time.',
        ['Give a rate, such as rate: 5k; without a scenario, --rate 0 sends as fast as possible.'],
      );
    return { name, durationMs, values };
  }

  /** Defaults and people that no phase makes use of are mistakes. */
  private refuseUseless(
    traffic: TrafficValues,
    defaults: PhaseValues,
    phases: readonly ScenarioPhase[],
  ): void {
    const values = phases.map((phase) => phase.values);
    refuseLonely(defaults, values, this.voice(['defaults']));
    if (traffic.producers !== undefined && values.every((each) => each['clock-skew'] === undefined))
      throw this.error(
        ['producers'],
        'producers: without clock-skew in any phase, all their clocks agree.',
        'For instance, in a phase: clock-skew: 500ms',
      );
  }

  private textOf(name: OptionName, value: unknown, path: FilePath): string {
    const items = Array.isArray(value) && allOptions[name].isList === true ? (value as unknown[]) : [value];
    const texts = items.filter((item) => typeof item === 'string' || typeof item === 'number');
    if (items.length === 0 || texts.length < items.length)
      throw this.error(path, `${name}: give a value, not ${kindOf(value)}.`, exampleLine(name));
    return texts.join(',');
  }

  /** Where the options of a mapping are read from, and how those are refused that cannot be. */
  private source(mapping: ReadonlyMap<string, unknown>, path: FilePath) {
    const textOf = (name: OptionName): string | undefined =>
      mapping.has(name) ? this.textOf(name, mapping.get(name), [...path, name]) : undefined;
    const refuse = (name: OptionName, text: string, why: string): StreamlabError =>
      this.error([...path, name], `${name}: ${quoted(text)}: ${why}.`, exampleLine(name));
    return [textOf, refuse] as const;
  }

  private mapping(value: unknown, path: FilePath, what: string, example?: string): Map<string, unknown> {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return new Map(Object.entries(value));
    throw this.error(path, `here should be ${what}, and there is ${kindOf(value)}.`, example);
  }

  private refuseUnknown(
    mapping: ReadonlyMap<string, unknown>,
    path: FilePath,
    known: readonly string[],
  ): void {
    for (const key of mapping.keys()) {
      if (known.includes(key)) continue;
      const close = nearest(key, known);
      throw this.error(
        [...path, key],
        `${quoted(key)} is no key of ${placeName(path)}.`,
        close === undefined ? `Keys here: ${orList(known)}.` : `Did you mean "${close}"?`,
      );
    }
  }

  /** One line of text that is safe to print. */
  private line(value: unknown, path: FilePath, maxLength: number, example: string): string {
    const key = String(path.at(-1));
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text !== 'string' || text.trim() === '')
      throw this.error(path, `${key}: give one line of text.`, `For instance: ${key}: ${example}`);
    if (/\p{Cc}/u.test(text.trim()) || text.length > maxLength)
      throw this.error(path, `${key}: give one line of at most ${maxLength} characters.`);
    return text.trim();
  }

  /** Speaks of the options at a path as keys; what came from the defaults is found there. */
  private voice(path: FilePath): Voice {
    return {
      name: (option, value) => (value === undefined ? option : `${option}: ${value}`),
      refusal: (option, sentence, suggestions = []) =>
        this.error(this.placeOf(option, path), sentence, ...suggestions),
    };
  }

  private placeOf(option: OptionName, path: FilePath): FilePath {
    const places = [
      [...path, option],
      ['defaults', option],
    ];
    return places.find((place) => valueAt(this.text.values, place) !== undefined) ?? path;
  }

  private error(path: FilePath, sentence: string, ...suggestions: (string | undefined)[]): StreamlabError {
    return new StreamlabError('INVALID_FILE', `${this.text.file}:${this.text.lineOf(path)}: ${sentence}`, {
      suggestions: [
        ...suggestions.filter((suggestion) => suggestion !== undefined),
        'All keys are explained in docs/scenarios.md.',
      ],
    });
  }
}

const phaseExample = 'For instance: phases: [{ name: calm, duration: 2m, rate: 500 }]';

function placeName(path: FilePath): string {
  if (path.length === 0) return 'a scenario';
  return path[0] === 'defaults' ? 'the defaults' : 'a phase';
}

function exampleLine(name: OptionName): string {
  return `For instance: ${name}: ${allOptions[name].example}`;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : quoted(JSON.stringify(value));
}

function valueAt(value: unknown, path: FilePath): unknown {
  return path.reduce<unknown>(
    (inside, key) =>
      typeof inside === 'object' && inside !== null && Object.hasOwn(inside, key)
        ? (inside as Record<string | number, unknown>)[key]
        : undefined,
    value,
  );
}
