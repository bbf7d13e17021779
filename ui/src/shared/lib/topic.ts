/**
 * Topic names and topic filters (MQTT 5.0 §4.7), checked while they are typed. The rules are those
 * of `src-tauri/crates/wire/src/topic.rs`, which has the last word.
 */

/** Why a text is not a topic name or filter. */
export type TopicProblem =
  | { readonly problem: 'empty' }
  | { readonly problem: 'tooLong'; readonly bytes: number }
  | { readonly problem: 'nullCharacter' }
  | { readonly problem: 'wildcardInName'; readonly wildcard: string }
  | { readonly problem: 'misplacedWildcard'; readonly level: string }
  | { readonly problem: 'shareWithoutFilter' }
  | { readonly problem: 'shareName' };

/** Why a message cannot be published to `text`, or null. */
export function checkTopicName(text: string): TopicProblem | null {
  const problem = checkText(text);
  if (problem !== null) return problem;
  const wildcard = /[+#]/.exec(text)?.[0];
  return wildcard === undefined ? null : { problem: 'wildcardInName', wildcard };
}

/** Why `text` cannot be subscribed to, or null. */
export function checkTopicFilter(text: string): TopicProblem | null {
  const problem = checkText(text);
  if (problem !== null) return problem;
  let bare = text;
  if (text.startsWith(SHARE)) {
    const rest = text.slice(SHARE.length);
    const slash = rest.indexOf('/');
    if (slash === -1) return { problem: 'shareWithoutFilter' };
    const group = rest.slice(0, slash);
    if (group === '' || /[+#]/.test(group)) return { problem: 'shareName' };
    bare = rest.slice(slash + 1);
    if (bare === '') return { problem: 'shareWithoutFilter' };
  }
  const levels = bare.split('/');
  const misplaced = levels.find((level, index) => {
    if (level === '#') return index !== levels.length - 1;
    return level !== '+' && /[+#]/.test(level);
  });
  return misplaced === undefined ? null : { problem: 'misplacedWildcard', level: misplaced };
}

const SHARE = '$share/';
const MAX_BYTES = 65_535;

function checkText(text: string): TopicProblem | null {
  if (text === '') return { problem: 'empty' };
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > MAX_BYTES) return { problem: 'tooLong', bytes };
  return text.includes('\0') ? { problem: 'nullCharacter' } : null;
}
