"""Writes every golden file and manifest below models/src/test/resources."""
import clip_manifest
import hunyuan15_manifest
import make_caches
import make_clip
import make_detector
import make_edit
import make_files
import make_flux
import make_flux2
import make_flux2_pipeline
import make_folders
import make_gguf
import make_hunyuan
import make_hunyuan15
import make_hunyuan15_pipeline
import make_img2img
import make_lora
import make_lora_families
import make_packed
import make_pictures
import make_pipeline
import make_qwen
import make_qwenimage
import make_qwenimage_pipeline
import make_text
import make_tokens
import make_vae
import make_video_pipeline
import make_video_vae
import make_wan
import make_wan_pipeline
import make_wan_vae
import make_zimage
import make_zimage_pipeline
import manifests
import qwen_manifest
import signatures
import tiny_hunyuan15

if __name__ == "__main__":
    encoders = (make_folders, tiny_hunyuan15, make_flux, make_flux2, make_hunyuan, make_hunyuan15, make_text, make_qwen, make_vae, make_video_vae, make_wan, make_wan_vae, make_zimage, make_qwenimage)
    others = (make_files, make_pipeline, make_lora, make_lora_families, make_img2img, make_edit, make_pictures, make_video_pipeline, make_hunyuan15_pipeline, make_wan_pipeline, make_zimage_pipeline, make_flux2_pipeline, make_qwenimage_pipeline, make_caches)
    checks = (make_tokens, manifests, hunyuan15_manifest, signatures, make_clip, clip_manifest, qwen_manifest, make_detector, make_packed, make_gguf)
    for script in (*encoders, *others, *checks):
        script.main()
