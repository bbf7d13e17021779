import { useLocation } from 'wouter';
import { useTranslation } from '@/i18n';
import { Button } from '@/shared/components/Button';
import { routes } from '@/shared/lib/routes';
import { useWorkbench } from '@/shared/state/workbench';
import { EditorPicture } from './pictures';
import { Points, WayCard } from './WayCard';

/** The way for those who know every field. */
export function EditorCard() {
  const { t } = useTranslation('welcome');
  const [, navigate] = useLocation();
  const secrets = useWorkbench((workbench) => workbench.secrets.kind);
  return (
    <WayCard
      title={t('editor.title')}
      text={t('editor.text')}
      number="3"
      picture={<EditorPicture />}
      action={
        <Button
          variant="quiet"
          size="lg"
          wide
          onClick={() => navigate(routes.newConnection)}
          data-testid="welcome-editor"
        >
          {t('editor.open')}
        </Button>
      }
    >
      <Points
        points={[
          t('editor.points.version'),
          t('editor.points.credentials'),
          t('editor.points.session'),
          t(`editor.secrets.${secrets}`),
        ]}
      />
    </WayCard>
  );
}
