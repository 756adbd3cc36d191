from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "tongban.faces.catalogue"
    label = "catalogue"
    verbose_name = "事项批量导入导出"
