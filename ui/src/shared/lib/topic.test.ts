import { describe, expect, test } from 'vitest';
import { checkTopicFilter, checkTopicName } from './topic';

describe('topic names', () => {
  test.each(['plant/1/temp', '/', ' ', '$SYS/x', 'a//b', '温度'])('%j is allowed', (name) => {
    expect(checkTopicName(name)).toBeNull();
  });

  test.each([
    ['', { problem: 'empty' }],
    ['plant/+/temp', { problem: 'wildcardInName', wildcard: '+' }],
    ['plant/#', { problem: 'wildcardInName', wildcard: '#' }],
    ['a\0b', { problem: 'nullCharacter' }],
    ['ä'.repeat(32_768), { problem: 'tooLong', bytes: 65_536 }],
  ])('%.20j is refused', (name, problem) => {
    expect(checkTopicName(name)).toEqual(problem);
  });
});

describe('topic filters', () => {
  test.each(['#', '+', 'plant/#', '+/b/+', '/', '$share/group/plant/#', '$share', '$sharex/#'])(
    '%j is allowed',
    (filter) => {
      expect(checkTopicFilter(filter)).toBeNull();
    },
  );

  test.each([
    ['', { problem: 'empty' }],
    ['plant/#/temp', { problem: 'misplacedWildcard', level: '#' }],
    ['plant#', { problem: 'misplacedWildcard', level: 'plant#' }],
    ['plant/1+', { problem: 'misplacedWildcard', level: '1+' }],
    ['$share/group', { problem: 'shareWithoutFilter' }],
    ['$share/group/', { problem: 'shareWithoutFilter' }],
    ['$share//a', { problem: 'shareName' }],
    ['$share/g+/a', { problem: 'shareName' }],
  ])('%j is refused', (filter, problem) => {
    expect(checkTopicFilter(filter)).toEqual(problem);
  });
});
