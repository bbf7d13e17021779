import { useTranslation } from '@/i18n';
import type { RuleProblem } from './rules';

/** What is wrong with a rule, in words. */
export function useProblemText(): (problem: RuleProblem) => string {
  const { t } = useTranslation('brokerAccess');
  return (problem) => {
    switch (problem.problem) {
      case 'misplacedWildcard':
        return t('problem.misplacedWildcard', { level: problem.level });
      case 'tooLong':
        return t('problem.tooLong', { bytes: problem.bytes });
      case 'placeholder':
        return t('problem.placeholder', { found: problem.found });
      case 'shareWithoutFilter':
      case 'shareName':
      case 'shared':
        return t('problem.shared');
      case 'wildcardInName':
      case 'empty':
        return t('problem.empty');
      default:
        return t(`problem.${problem.problem}`);
    }
  };
}
