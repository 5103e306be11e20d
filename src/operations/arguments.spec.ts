import { describe, expect, it } from 'vitest';
import { readArguments } from './arguments.js';

describe('readArguments', () => {
  it('takes each command with its own options', () => {
    expect(readArguments(['backup', 'x.dump', '--verify'])).toMatchObject({
      ...{ command: 'backup', path: 'x.dump', verify: true },
    });
    expect(readArguments(['restore', '--force', 'x.dump', '--no-owner'])).toMatchObject({
      ...{ command: 'restore', path: 'x.dump', force: true, 'no-owner': true },
    });
    expect(readArguments(['clean-slate', '--backup=b', '--database-url', 'u'])).toMatchObject({
      ...{ command: 'clean-slate', path: null, backup: 'b', 'database-url': 'u' },
    });
    expect(readArguments(['--help'])).toBeNull();
    expect(readArguments(['restore', '--help'])).toBeNull();
  });

  it.each([
    [[], 'Use one of these commands: backup, restore, clean-slate.'],
    [['drop'], 'Use one of these commands: backup, restore, clean-slate.'],
    [['backup'], 'Give the file or folder to write to, and one only.'],
    [['backup', ''], 'Give the file or folder to write to, and one only.'],
    [['restore', 'a', 'b'], 'Give the file to restore, and one only.'],
    [['backup', 'a', '--force'], 'backup has no option --force.'],
    [['clean-slate', '--verify'], 'clean-slate has no option --verify.'],
    [['clean-slate', 'a'], 'An argument belongs to no option.'],
    [['clean-slate', '--backup='], '--backup is empty.'],
    [['clean-slate', '--now'], "Unknown option '--now'."],
  ])('refuses %j in a sentence', (args, sentence) => {
    expect(() => readArguments(args)).toThrow(sentence);
  });
});
