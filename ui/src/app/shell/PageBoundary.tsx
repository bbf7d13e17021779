import { Component, type ReactNode } from 'react';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from '@/i18n';
import { Button } from '@/shared/components/Button';
import { CopyButton } from '@/shared/components/CopyButton';
import { EmptyState } from '@/shared/components/EmptyState';

type Props = {
  /** The page's address: another one is another try. */
  resetKey: string;
  children: ReactNode;
};
type State = { error: Error | null };

/** A view that fails takes nothing with it: sessions and recording go on in Rust. */
export class PageBoundary extends Component<Props, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidUpdate(before: Props) {
    if (before.resetKey !== this.props.resetKey && this.state.error !== null) {
      this.setState({ error: null });
    }
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return <PageFailed error={error} onReload={() => this.setState({ error: null })} />;
  }
}

function PageFailed({ error, onReload }: { error: Error; onReload: () => void }) {
  const { t } = useTranslation('app');
  const report = error.stack ?? error.message;
  return (
    <div role="alert" data-testid="page-failed">
      <EmptyState
        icon={<IconAlertTriangle size={24} stroke={1.6} aria-hidden />}
        action={
          <div className="ts-row">
            <Button variant="primary" onClick={onReload}>
              {t('boundary.reload')}
            </Button>
            <CopyButton value={report} label={t('boundary.copy')} withText />
          </div>
        }
      >
        <strong className="ts-t1">{t('boundary.title')}</strong> {t('boundary.text')}
        <br />
        <span className="ts-mono ts-t3">{error.message}</span>
      </EmptyState>
    </div>
  );
}
