/**
 * Colours for the beginning of a JSON payload. A preview is cut anywhere, so this never parses: it
 * only tells keys, strings, numbers, words and punctuation apart.
 */
export type PreviewToken = {
  readonly kind: 'key' | 'string' | 'number' | 'word' | 'punctuation' | 'text';
  readonly text: string;
  /** Where it begins in the preview. */
  readonly start: number;
};

export function previewTokens(preview: string): PreviewToken[] {
  const tokens: PreviewToken[] = [];
  for (const { 0: text, index: start } of preview.matchAll(TOKEN)) {
    const isKey = text.startsWith('"') && text.endsWith(':');
    if (isKey) {
      const end = text.lastIndexOf('"') + 1;
      tokens.push({ kind: 'key', text: text.slice(0, end), start });
      tokens.push({ kind: 'punctuation', text: text.slice(end), start: start + end });
    } else {
      tokens.push({ kind: kindOf(text), text, start });
    }
  }
  return tokens;
}

/** A string (maybe cut, maybe with the colon that makes it a key), number, word, sign, or the rest. */
const TOKEN =
  /"(?:[^"\\]|\\.)*(?:"\s*:?|\\?$)|-?\d[\d.eE+-]*|\b(?:true|false|null)\b|[{}[\],:]|\s+|[^"{}[\],:\s]+/gs;

function kindOf(text: string): PreviewToken['kind'] {
  if (text.startsWith('"')) return 'string';
  if (/^-?\d/.test(text)) return 'number';
  if (/^(?:true|false|null)$/.test(text)) return 'word';
  return /^[{}[\],:]$/.test(text) ? 'punctuation' : 'text';
}
