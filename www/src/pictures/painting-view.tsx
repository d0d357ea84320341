import { Loader } from "@mantine/core";
import { CornerDownRight, Info } from "lucide-react";
import { BlobImage } from "../app/blob-image";
import answer from "../chat/answer-view.module.css";
import { FailureView } from "../chat/failure-view";
import { isSimulated, simulatedNotice } from "../models/demonstration";
import { whereaboutsOf } from "../models/model-facts";
import { Notice } from "../models/notice";
import { useModelOf } from "../models/use-model-of";
import type { MadePicture, Painting } from "./painting";
import { PaintingProgress } from "./painting-progress";
import classes from "./painting-view.module.css";
import { PictureActions } from "./picture-actions";
import { PictureFacts } from "./picture-facts";
import { PictureSources } from "./picture-sources";

export interface PaintingActions {
  onEdit: (painting: Painting, picture: MadePicture) => void;
  onAgain: (painting: Painting, picture: MadePicture) => void;
}

function Head({ painting }: { painting: Painting }) {
  const modelOf = useModelOf();
  const address = painting.asked ?? painting.decision?.chain[0];
  const model = address === undefined ? undefined : modelOf(address);
  return (
    <div className={answer.head}>
      <h3 className={answer.model}>{model?.name ?? address ?? "Choosing a model"}</h3>
      {model !== undefined && <span className={answer.where}>{whereaboutsOf(model)}</span>}
      {painting.status === "running" && <Loader size={14} type="dots" aria-hidden className={answer.loader} />}
    </div>
  );
}

/** What happened on the way: who did not work, who took over, what was to be said. */
function Course({ painting }: { painting: Painting }) {
  const modelOf = useModelOf();
  const nameOf = (address: string) => modelOf(address)?.name ?? address;
  return (
    <>
      {painting.fallbacks.map(({ from, to, reason }, index) => (
        <p key={index} className={answer.fallback}>
          <CornerDownRight size={15} aria-hidden />
          <span>
            <strong>{nameOf(from)}</strong> did not make it: {reason.message} <strong>{nameOf(to)}</strong> took over.
          </span>
        </p>
      ))}
      {painting.warnings.map((warning, index) => (
        <p key={index} className={answer.fallback}>
          <Info size={15} aria-hidden />
          <span>{warning.message}</span>
        </p>
      ))}
    </>
  );
}

/** One request for pictures: how it goes, and what came of it. */
export function PaintingView({ painting, onEdit, onAgain }: { painting: Painting } & PaintingActions) {
  const { status, pictures, receipt, failure, request, asked, notKept, words } = painting;
  const running = status === "running";
  const makers = new Set(pictures.map(({ model }) => model ?? asked));
  const areMixed = makers.size > 1;
  const areSimulated = [asked, ...makers].some((model) => model !== undefined && isSimulated(model));
  return (
    <article className={answer.answer} aria-busy={running} aria-label={request.prompt}>
      <Head painting={painting} />
      {areSimulated && <Notice>{simulatedNotice}</Notice>}
      <Course painting={painting} />
      {running && <PaintingProgress painting={painting} />}
      {pictures.length > 0 && (
        <ul className={classes.pictures} data-single={pictures.length === 1 || undefined} aria-label="Pictures">
          {pictures.map((picture) => {
            const { seed, model } = picture;
            return (
              <li key={picture.id} className={classes.made}>
                <BlobImage className={classes.picture} blob={picture.file} alt={request.prompt} />
                <PictureActions
                  file={picture.file}
                  mediaType={picture.mediaType}
                  prompt={request.prompt}
                  onEdit={() => onEdit(painting, picture)}
                  onAgain={seed === undefined ? undefined : () => onAgain(painting, picture)}
                />
                {areMixed && model !== undefined && <p className={classes.line}>Made by {model}</p>}
                {notKept !== undefined && notKept.pictures.length < pictures.length && notKept.pictures.includes(picture.id) && <Notice>Not kept</Notice>}
              </li>
            );
          })}
        </ul>
      )}
      {words.trim() !== "" && <p className={classes.words}>{words.trim()}</p>}
      {status === "stopped" && <p className={answer.stopped}>{pictures.length === 0 ? "Stopped before there was a picture." : "Stopped here."}</p>}
      {failure !== undefined && (
        <FailureView failure={failure} before={pictures.length === 0 ? undefined : "The rest is missing."} task="make a picture">
          <PictureSources />
        </FailureView>
      )}
      {notKept !== undefined && <Notice>{notKept.message}</Notice>}
      {receipt !== undefined && <PictureFacts receipt={receipt} pictures={pictures.length} seeds={[...new Set(pictures.flatMap(({ seed }) => seed ?? []))]} />}
    </article>
  );
}
