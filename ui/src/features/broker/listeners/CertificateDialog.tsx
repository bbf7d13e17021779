import { SegmentedControl } from '@mantine/core';
import { IconDownload, IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from '@/i18n';
import { host, toFailure, type CertificateSource, type Failure } from '@/ipc';
import { Button } from '@/shared/components/Button';
import { CopyButton } from '@/shared/components/CopyButton';
import { Dialog } from '@/shared/components/Dialog';
import { FailurePanel } from '@/shared/components/FailurePanel';
import { announce } from '@/shared/lib/announce';
import { useBroker } from '@/shared/state/workbench';
import { DialogFoot } from '../parts/Question';
import { useBrokerControl } from '../state/control';
import { CertificateFacts } from './CertificateFacts';
import { FileField } from './FileField';
import classes from './listeners.module.css';

type Files = { certificate: string | null; key: string | null };

/** What TLS listeners show, and whose certificates they take from clients. */
export function CertificateDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('brokerListeners');
  const { settings, certificate } = useBroker();
  const control = useBrokerControl();
  const known = settings.certificate;
  const [kind, setKind] = useState<CertificateSource['kind']>(known.kind);
  const [files, setFiles] = useState<Files>(
    known.kind === 'files' ? known : { certificate: null, key: null },
  );
  const [authority, setAuthority] = useState(settings.clientAuthority);
  const [failed, setFailed] = useState<Failure | null>(null);
  const source = sourceOf(kind, files);
  const isChanged =
    authority !== settings.clientAuthority ||
    (source !== null && JSON.stringify(source) !== JSON.stringify(known));
  const save = async () => {
    if (source === null) return;
    const next = { ...settings, certificate: source, clientAuthority: authority };
    const failure = await control.ask(() => host().commands.saveBrokerSettings(next));
    setFailed(failure);
    if (failure === null) onClose();
  };
  const renew = async () => setFailed(await control.ask(host().commands.renewBrokerCertificate));
  return (
    <Dialog
      isOpen
      onClose={onClose}
      width={720}
      title={t('certificateTitle')}
      testId="certificate-dialog"
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {certificate === null ? (
          <p className="ts-t2">{t('certificateNone')}</p>
        ) : (
          <CertificateFacts certificate={certificate} />
        )}
        {certificate?.selfMade === true && (
          <div className={classes.madeHere}>
            <SaveAuthority authority={certificate.authority} onFailed={setFailed} />
            <Button size="sm" disabled={control.busy} onClick={() => void renew()}>
              <IconRefresh size={14} stroke={1.75} aria-hidden />
              {t('renew')}
            </Button>
            <p className="ts-small ts-t3">{t('renewHint')}</p>
          </div>
        )}
        <div className={classes.form}>
          <div className={classes.stacked}>
            <span id="certificate-source">{t('source')}</span>
            <SegmentedControl
              aria-labelledby="certificate-source"
              value={kind}
              onChange={setKind}
              data={[
                { value: 'selfMade', label: t('sourceOf.selfMade') },
                { value: 'files', label: t('sourceOf.files') },
              ]}
            />
            <p className="ts-small ts-t3">{t(`sourceHint.${kind}`)}</p>
          </div>
          {kind === 'files' && (
            <>
              <FileField
                label={t('chain')}
                hint={t('chainHint')}
                path={files.certificate}
                onChoose={(path) => setFiles((now) => ({ ...now, certificate: path }))}
                onFailed={setFailed}
                testId="certificate-chain"
              />
              <FileField
                label={t('key')}
                hint={t('keyHint')}
                path={files.key}
                onChoose={(path) => setFiles((now) => ({ ...now, key: path }))}
                onFailed={setFailed}
                testId="certificate-key"
              />
            </>
          )}
          <FileField
            label={t('clientAuthority')}
            hint={t('clientAuthorityHint')}
            path={authority}
            empty={t('ownAuthority')}
            onChoose={setAuthority}
            onClear={() => setAuthority(null)}
            onFailed={setFailed}
            testId="client-authority"
          />
        </div>
        {failed !== null && <FailurePanel failure={failed} className={classes.failed} />}
        <DialogFoot>
          <Button onClick={onClose}>{t(isChanged ? 'cancel' : 'close')}</Button>
          <Button
            type="submit"
            variant="primary"
            disabled={!isChanged || source === null || control.busy}
            data-testid="certificate-save"
          >
            {t('certificateSave')}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

/** For clients that shall trust a certificate that was made here. */
function SaveAuthority({
  authority,
  onFailed,
}: {
  authority: string | null;
  onFailed: (failure: Failure) => void;
}) {
  const { t } = useTranslation('brokerListeners');
  const [savedAs, setSavedAs] = useState<string | null>(null);
  const save = async () => {
    try {
      const path = await host().commands.exportBrokerAuthority();
      setSavedAs(path);
      if (path !== null) announce(t('authoritySaved', { path }));
    } catch (error) {
      onFailed(toFailure(error));
    }
  };
  return (
    <>
      <Button size="sm" onClick={() => void save()} data-testid="authority-save">
        <IconDownload size={14} stroke={1.75} aria-hidden />
        {t('authoritySave')}
      </Button>
      {authority !== null && <CopyButton value={authority} label={t('authorityCopy')} withText />}
      {savedAs !== null && (
        <p className={`ts-small ts-ok ${classes.path ?? ''}`}>
          {t('authoritySaved', { path: savedAs })}
        </p>
      )}
    </>
  );
}

function sourceOf(kind: CertificateSource['kind'], files: Files): CertificateSource | null {
  if (kind === 'selfMade') return { kind };
  const { certificate, key } = files;
  return certificate === null || key === null ? null : { kind, certificate, key };
}
