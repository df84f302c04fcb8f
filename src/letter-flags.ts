import { Flags } from '@oclif/core';

/** The flags that choose dead letters, for every command that takes some of them. What they mean is read by the domain. */
export const letterFlags = {
  place: Flags.string({
    summary: 'At this place on the dead-letter topic, such as 2:17; may be given several times',
    helpGroup: 'FILTER',
    helpValue: 'P:O',
    multiple: true,
    multipleNonGreedy: true,
  }),
  since: Flags.string({
    summary: 'Failed since then: a time, or a duration such as 1h for that long ago',
    helpGroup: 'FILTER',
    helpValue: 'T',
  }),
  until: Flags.string({
    summary: 'Failed before then: a time, or a duration ago',
    helpGroup: 'FILTER',
    helpValue: 'T',
  }),
  reason: Flags.string({
    summary: 'Of this reason; missing_field stands for all of its kind; may be given several times',
    helpGroup: 'FILTER',
    helpValue: 'R',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'event-type': Flags.string({
    summary: 'Of this event type; may be given several times',
    helpGroup: 'FILTER',
    helpValue: 'TYPE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  user: Flags.string({
    summary: 'Of this user: the key of the record, or user_id of its payload; may be given several times',
    helpGroup: 'FILTER',
    helpValue: 'ID',
    multiple: true,
    multipleNonGreedy: true,
  }),
  match: Flags.string({
    summary:
      'Whose payload has a field, or has it with this value: page=/cart, items[0].sku!=null, coupon; all of several must hold',
    helpGroup: 'FILTER',
    helpValue: 'PATH[=VALUE]',
    multiple: true,
    multipleNonGreedy: true,
  }),
  outstanding: Flags.boolean({
    summary: 'Not replayed yet',
    helpGroup: 'FILTER',
    default: false,
  }),
};
