/** What is wrong with a topic or a payload, in words. */
import { useTranslation } from '@/i18n';
import type { TopicProblem } from '@/shared/lib/topic';
import type { PayloadProblem } from './payloadInput';

export function useTopicProblemText(problem: TopicProblem | null): string {
  const { t } = useTranslation('shared');
  if (problem === null) return '';
  switch (problem.problem) {
    case 'tooLong':
      return t('topicProblem.tooLong');
    case 'nullCharacter':
      return t('topicProblem.nullCharacter');
    case 'wildcardInName':
      return t('topicProblem.wildcard', { wildcard: problem.wildcard });
    default:
      return t('topicProblem.empty');
  }
}

export function usePayloadProblemText(problem: PayloadProblem | null): string {
  const { t } = useTranslation('shared');
  if (problem === null) return '';
  switch (problem.problem) {
    case 'json': {
      const { json } = problem;
      if (json.problem !== 'syntax') return '';
      const { reason, at } = json;
      return t('payloadProblem.json', {
        reason: t(`jsonReason.${reason}`),
        line: at.line,
        column: at.column,
      });
    }
    case 'notHex':
    case 'notBase64': {
      const { found, line, column } = problem;
      return t(`payloadProblem.${problem.problem}`, { found, line, column });
    }
    case 'halfByte':
      return t('payloadProblem.halfByte', { line: problem.line, column: problem.column });
    case 'incompleteBase64':
      return t('payloadProblem.incompleteBase64');
  }
}
